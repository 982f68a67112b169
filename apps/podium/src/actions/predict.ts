import { predictImages, predictionTable } from '@podium/competition';
import { writeTable } from '@podium/dataset';
import type { CommandContext } from '../commands/context.ts';
import { assertNewFile } from '../file-exists.ts';
import { fetchOf, trustOf } from '../terminal/ask.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { countOf } from '../terminal/format.ts';
import { progressReporter } from '../terminal/progress-reporter.ts';
import { printJson } from '../terminal/terminal.ts';

interface Options {
  readonly out: string;
  readonly probabilities?: true;
  readonly force?: true;
  readonly submissions: string;
  readonly store?: string;
  readonly trust?: true;
  readonly fetch?: true;
  readonly json?: true;
}

/** `podium predict`. */
export async function predict(
  context: CommandContext,
  runName: string,
  paths: readonly string[],
  { out, probabilities, force, json, ...options }: Options,
): Promise<void> {
  const { terminal, signal } = context;
  await assertNewFile(out, { force, code: 'predict-exists' });
  const predicted = await predictImages(runName, paths, {
    ...options,
    trust: trustOf(context, options.trust),
    fetch: fetchOf(context, options.fetch),
    signal,
    onEvent: competitionReporter(terminal),
    onProgress: progressReporter(terminal, 'images'),
  });
  const { run, images, predictions } = predicted;
  const { header, rows } = predictionTable({ ...predicted, probabilities });
  await writeTable(out, header, rows, { forPeople: true });
  if (json) {
    const heads = Object.fromEntries([...predictions].map(([name, { classes }]) => [name, classes]));
    printJson(terminal, { out, images, run, heads });
  } else terminal.print(`${out}: ${countOf(images, 'image')}, predicted by ${run}`);
}
