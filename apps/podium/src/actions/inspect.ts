import { inspectImages, whyRunStops } from '@podium/competition';
import { proposePatch, readDataset, writePatch } from '@podium/dataset';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { readJsonFile } from '../read-json-file.ts';
import { describeDataset, describeInspection } from '../terminal/describe-dataset.ts';
import { countOf } from '../terminal/format.ts';
import { progressReporter } from '../terminal/progress-reporter.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface Options {
  readonly layout?: string;
  readonly settings?: string;
  readonly accept?: string[];
  readonly allowOutsideLinks?: true;
  readonly fix?: string;
  readonly json?: true;
}

/** `podium inspect`. */
export async function inspect(
  { terminal, signal, setExitCode }: CommandContext,
  folder: string,
  { layout, settings: settingsFile, accept, allowOutsideLinks, fix, json }: Options,
): Promise<void> {
  const settings = settingsFile === undefined ? undefined : await readJsonFile(settingsFile);
  const description = await readDataset(folder, { layout, settings, allowOutsideLinks, signal });
  if (!json) printLines(terminal, describeDataset(description));
  const report = await inspectImages(description, {
    accept,
    onProgress: progressReporter(terminal, 'images'),
    signal,
  });
  const blocker = whyRunStops(description, report, accept);
  if (json) printJson(terminal, { layout: description.layout, ...report });
  else printLines(terminal, describeInspection(report, blocker));
  if (fix !== undefined) {
    const patch = proposePatch(report);
    await writePatch(fix, patch);
    terminal.log(
      `wrote a patch with ${countOf(patch.entries.length, 'change')} to ${fix}: review it before use`,
    );
  }
  if (report.failures.length > 0 || blocker !== undefined) setExitCode(exitCodes.problems);
}
