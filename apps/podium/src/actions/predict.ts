import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { HeadPredictions } from '@podium/competition';
import { findRun, listImages, predictRun } from '@podium/competition';
import { PodiumError } from '@podium/core';
import { writeTable } from '@podium/dataset';
import { openStore } from '@podium/pipeline';
import type { CommandContext } from '../commands/context.ts';
import { progressReporter } from '../terminal/progress.ts';

interface Options {
  readonly out: string;
  readonly probabilities?: true | undefined;
  readonly force?: true | undefined;
  readonly submissions: string;
  readonly store?: string | undefined;
  readonly json?: true | undefined;
}

/** `podium predict`. */
export async function predict(
  { terminal, signal }: CommandContext,
  given: string,
  paths: readonly string[],
  options: Options,
): Promise<void> {
  const { out, probabilities = false, force = false } = options;
  const isThere = await access(out).then(
    () => true,
    () => false,
  );
  if (isThere && !force) {
    throw new PodiumError({
      code: 'predict-exists',
      path: { file: out },
      message: 'this file is there already',
      fix: 'name another one with --out, or overwrite it with --force',
    });
  }
  const run = await findRun(given, options.submissions);
  const images = await listImages(paths);
  if (run.settings.postprocess.length > 0)
    terminal.say("the run's own stages after the blend have no part in predictions of other images");
  const store = await openStore(options.store ?? join(run.folder, '.podium'));
  const { rows } = images;
  const report = progressReporter(terminal, 'images');
  const predictions = await predictRun(run, store, {
    ...images,
    signal,
    onProgress: (done, total) => report(Math.round(done * rows.length), total * rows.length),
  });
  const { header, table } = tableOf(predictions, probabilities);
  await writeTable(out, header, table);
  if (options.json) {
    const heads = Object.fromEntries([...predictions].map(([name, { classes }]) => [name, classes]));
    terminal.out(JSON.stringify({ out, images: rows.length, run: run.run, heads }, undefined, 2));
  } else terminal.out(`${out}: ${rows.length} images, predicted by ${run.run}`);
}

/** A row an image: the likeliest class of each head, or all from a half on; with its probability, or every class's. */
function tableOf(heads: HeadPredictions, all: boolean): { header: string[]; table: string[][] } {
  const header = ['id'];
  const columns: ((row: number) => readonly string[])[] = [];
  for (const [name, { classes, task, values }] of heads) {
    const width = classes.length;
    const of = (row: number) => values.subarray(row * width, (row + 1) * width);
    const column = name === 'id' ? 'label' : name;
    header.push(column);
    if (task === 'multi-label') {
      columns.push((row) => [classes.filter((_, k) => of(row)[k]! >= 0.5).join(' ')]);
    } else {
      header.push(`${column} probability`);
      columns.push((row) => {
        const own = of(row);
        let best = 0;
        for (let k = 1; k < width; k++) if (own[k]! > own[best]!) best = k;
        return [classes[best]!, rounded(own[best]!)];
      });
    }
    if (!all) continue;
    header.push(...classes.map((label) => `${column}: ${label}`));
    columns.push((row) => [...of(row)].map(rounded));
  }
  const [first] = heads.values();
  const ids = first?.ids ?? [];
  return { header, table: ids.map((id, row) => [id, ...columns.flatMap((column) => column(row))]) };
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(6)));
}
