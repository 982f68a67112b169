import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Decision, type Omission, PodiumError, Predictions, renderProblem } from '@podium/core';
import { decodeImage, type Head, type ManifestRow, readManifest } from '@podium/dataset';
import { inProcessExecutor, openStore, outputsOf } from '@podium/pipeline';
import { writeHeads } from '../../src/artifacts/head-predictions.ts';
import type { CompetitionEvent } from '../../src/events.ts';
import { finalPredictions } from '../../src/heads/final-predictions.ts';
import { prepareCompetition } from '../../src/run/prepare.ts';
import { runProject } from '../../src/run/project.ts';
import { RunClock } from '../../src/run/run-clock.ts';
import { readSettings } from '../../src/settings/read-settings.ts';
import { writeSubmission } from '../../src/stages/write-submission.ts';

/** What a competition folder came to. */
export interface Answer {
  /** The error's text. */
  readonly refused?: string;
  readonly heads: readonly Head[];
  readonly train: readonly (ManifestRow & { readonly looks: string })[];
  /** The bytes that are handed in; undefined without test images. */
  readonly csv?: string;
  readonly decisions: readonly Decision[];
  readonly omissions: readonly Omission[];
  /** Decisions, omissions and warnings as text. */
  readonly told: string;
}

/**
 * What `podium run` does with the folder of a settings file, where a table of colors stands in for the network: each image
 * is predicted as the training images that look alike are labeled. So every cell depends on what was read, not on luck.
 * @param submits as `podium run`, else as `podium train`
 */
export async function answer(folder: string, submits: boolean): Promise<Answer> {
  const events: CompetitionEvent[] = [];
  const store = await mkdtemp(join(await realpath(tmpdir()), 'podium-case-'));
  const executor = inProcessExecutor();
  let heads: readonly Head[] = [];
  let train: Answer['train'] = [];
  const said = () => summarize(events);
  try {
    const found = await readSettings(folder);
    const project = {
      found,
      store: await openStore(join(store, 'store')),
      executor,
      threads: 1,
      backend: 'tensorflow' as const,
      engine: 'test',
      clock: new RunClock(),
      signal: new AbortController().signal,
      emit: (event: CompetitionEvent) => void events.push(event),
    };
    const { graph } = await prepareCompetition(project, { submits });
    const outputs = outputsOf(await runProject(project, graph, ['data']), 'data') as Readonly<
      Record<'train' | 'test' | 'format', string>
    >;
    const data = (graph.sources.data as { path: string }).path;
    const manifest = await readManifest(outputs.train);
    heads = manifest.heads;
    train = await Promise.all(
      manifest.rows.map(async (row) => ({ ...row, looks: await looksOf(row, data) })),
    );
    const { rows } = await readManifest(outputs.test);
    if (rows.length === 0) return { heads, train, ...said() };
    const seen = new Map(rows.map((row) => [row, '']));
    for (const row of rows) seen.set(row, await looksOf(row, data));
    const final = (of: readonly ManifestRow[], looks: (row: ManifestRow) => string) =>
      finalPredictions(
        new Map(heads.map((head) => [head.name, predict(head, train, of, looks)])),
        heads,
        found.settings.heads,
      );
    await writeHeads(
      join(store, 'test'),
      final(rows, (row) => seen.get(row)!),
    );
    await writeHeads(
      join(store, 'oof'),
      final(train, (row) => (row as Answer['train'][number]).looks),
    );
    const { settings } = graph.nodes.find(({ name }) => name === 'submission')!;
    const written = { submission: join(store, 'submission.csv'), lint: join(store, 'lint.json') };
    await writeSubmission.run({
      settings,
      inputs: { ...outputs, data, predictions: join(store, 'test'), oof: join(store, 'oof') },
      outputs: written,
      signal: project.signal,
      report: () => {},
    } as unknown as Parameters<typeof writeSubmission.run>[0]);
    return { heads, train, csv: await readFile(written.submission, 'utf8'), ...said() };
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    return { refused: renderProblem(error.problem), heads, train, ...said() };
  } finally {
    await executor.close();
    await rm(store, { recursive: true });
  }
}

/** The colors in the middle of five parts of an image, coarsely. */
async function looksOf({ image }: ManifestRow, root: string): Promise<string> {
  const { data, width, height, channels } = await decodeImage(image, { root });
  const at = (x: number, y: number) => {
    const start = (Math.floor(y * height) * width + Math.floor(x * width)) * channels;
    return Array.from({ length: channels }, (_, c) => data[start + c]! >> 5).join('.');
  };
  return [at(0.2, 0.5), at(0.5, 0.5), at(0.8, 0.5), at(0.5, 0.2), at(0.5, 0.8)].join(' ');
}

/** Of each row: how often training rows that look alike have each class. */
function predict(
  head: Head,
  train: Answer['train'],
  rows: readonly ManifestRow[],
  looks: (row: ManifestRow) => string,
): Predictions {
  const { name, task, classes } = head;
  const counts = new Map<string, { readonly sums: number[]; rows: number }>();
  for (const row of train) {
    const entry = counts.get(row.looks) ?? { sums: classes.map(() => 0), rows: 0 };
    counts.set(row.looks, entry);
    const soft = row.softLabels?.[name];
    const label = row.labels[name];
    if (soft === undefined && label === undefined) continue;
    entry.rows++;
    classes.forEach((own, k) => {
      entry.sums[k]! += soft?.[k] ?? Number([label].flat().includes(own));
    });
  }
  const values = rows.flatMap((row) => {
    const entry = counts.get(looks(row));
    const share = classes.map((_, k) => ((entry?.sums[k] ?? 0) + 0.02) / ((entry?.rows ?? 0) + 0.04));
    const total = task === 'multi-label' ? 1 : share.reduce((sum, value) => sum + value, 0);
    return share.map((value) => value / total);
  });
  return new Predictions({
    ids: rows.map(({ id }) => id),
    classes,
    values: Float32Array.from(values),
    kind: 'probabilities',
    task,
  }).withFold(0);
}

function summarize(events: readonly CompetitionEvent[]): Pick<Answer, 'decisions' | 'omissions' | 'told'> {
  const decisions = events.flatMap((event) => (event.type === 'decision' ? [event.decision] : []));
  const omissions = events.flatMap((event) => (event.type === 'omission' ? [event.omission] : []));
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  const told = [
    ...decisions.map(({ key, value, reason }) => `${key}: ${value} (${reason})`),
    ...omissions.map(
      ({ what, count, of, reason, examples }) =>
        `left out: ${count} of ${of} ${what}, because ${reason} (${examples.join(', ')})`,
    ),
    ...warnings,
  ].join('\n');
  return { decisions, omissions, told };
}
