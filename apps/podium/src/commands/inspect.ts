import { exitCodes } from '../exit-codes.ts';
import { readJson } from '../options.ts';
import { describeRecognition, describeReport } from '../terminal/data-report.ts';
import { progressReporter } from '../terminal/progress.ts';
import type { AddCommand, CommandContext } from './context.ts';

interface Options {
  readonly layout?: string | undefined;
  readonly settings?: string | undefined;
  readonly accept?: string[] | undefined;
  readonly fix?: string | undefined;
  readonly json?: true | undefined;
}

export const addInspect: AddCommand = (program, context) => {
  program
    .command('inspect')
    .description('look at a competition folder before training: damaged images, duplicates, leaks')
    .argument('<folder>', 'the competition folder')
    .option('--layout <name>', 'how the folder is laid out; recognized by looking where left out')
    .option('--settings <file>', "JSON file with the layout's settings")
    .option('--accept <check...>', 'leaks to go on with, by the name of their check')
    .option('--fix <file>', 'write what would settle the findings as a patch, to be reviewed')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Layouts: csv, folders, idx, person-folders, pixels. The folder's own files are never changed; a patch
(drop, relabel, regroup) is applied to the list of rows when a run is told to.

Exit codes:
  ${exitCodes.ok}    nothing that keeps a run from starting
  ${exitCodes.failed}    the folder could not be read, and the error says why
  ${exitCodes.problems}    leaks that were not accepted
  ${exitCodes.interrupted}  stopped by Ctrl-C

Examples:
  podium inspect data/masks
  podium inspect data/food --layout csv --settings food.json --fix food-patch.json
  podium inspect data/masks --accept near-duplicates-across-splits`,
    )
    .action(async (folder, options) => await inspect(context, folder, options));
};

async function inspect(
  { terminal, signal, exitWith }: CommandContext,
  folder: string,
  options: Options,
): Promise<void> {
  const { inspectDataset, proposePatch, readDataset, writePatch } = await import('@podium/dataset');
  const { layout, settings: settingsFile } = options;
  const settings = settingsFile === undefined ? undefined : await readJson(settingsFile);
  const description = await readDataset(folder, {
    layout,
    settings,
    signal,
  });
  if (options.json === undefined) {
    for (const line of describeRecognition(description)) terminal.out(line);
  }
  const report = await inspectDataset(description, {
    accept: options.accept,
    onProgress: progressReporter(terminal, 'images'),
    signal,
  });
  if (options.json === undefined) for (const line of describeReport(report)) terminal.out(line);
  else terminal.out(JSON.stringify({ layout: description.layout, ...report }, undefined, 2));
  if (options.fix !== undefined) {
    const patch = proposePatch(report);
    await writePatch(options.fix, patch);
    terminal.say(
      `${patch.entries.length} changes proposed in ${options.fix}: look them through before they are applied`,
    );
  }
  if (report.failures.length > 0) exitWith(exitCodes.problems);
}
