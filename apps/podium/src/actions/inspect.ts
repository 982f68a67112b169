import { inspectDataset, proposePatch, readDataset, writePatch } from '@podium/dataset';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { readJson } from '../options.ts';
import { describeRecognition, describeReport } from '../terminal/data-report.ts';
import { progressReporter } from '../terminal/progress.ts';

interface Options {
  readonly layout?: string | undefined;
  readonly settings?: string | undefined;
  readonly accept?: string[] | undefined;
  readonly fix?: string | undefined;
  readonly json?: true | undefined;
}

/** `podium inspect`. */
export async function inspect(
  { terminal, signal, exitWith }: CommandContext,
  folder: string,
  options: Options,
): Promise<void> {
  const { layout, settings: settingsFile } = options;
  const settings = settingsFile === undefined ? undefined : await readJson(settingsFile);
  const description = await readDataset(folder, { layout, settings, signal });
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
