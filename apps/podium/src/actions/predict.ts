import { access } from 'node:fs/promises';
import { predictImages, predictionTable } from '@podium/competition';
import { PodiumError } from '@podium/core';
import { writeTable } from '@podium/dataset';
import type { CommandContext } from '../commands/context.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { progressReporter } from '../terminal/progress.ts';

interface Options {
  readonly out: string;
  readonly probabilities?: true;
  readonly force?: true;
  readonly submissions: string;
  readonly store?: string;
  readonly json?: true;
}

/** `podium predict`. */
export async function predict(
  { terminal, signal }: CommandContext,
  given: string,
  paths: readonly string[],
  { out, probabilities, force, json, ...options }: Options,
): Promise<void> {
  const exists = await access(out).then(
    () => true,
    () => false,
  );
  if (exists && force !== true) {
    throw new PodiumError({
      code: 'predict-exists',
      path: { file: out },
      message: 'this file exists',
      fix: 'name another one with --out, or overwrite it with --force',
    });
  }
  const { run, images, predictions } = await predictImages(given, paths, {
    ...options,
    signal,
    onEvent: competitionReporter(terminal),
    onProgress: progressReporter(terminal, 'predictions'),
  });
  const { header, rows } = predictionTable(predictions, probabilities === true);
  await writeTable(out, header, rows);
  if (json) {
    const heads = Object.fromEntries([...predictions].map(([name, { classes }]) => [name, classes]));
    terminal.out(JSON.stringify({ out, images, run, heads }, undefined, 2));
  } else terminal.out(`${out}: ${images} images, predicted by ${run}`);
}
