import { basename } from 'node:path';
import { PodiumError, type Predictions, Rng } from '@podium/core';
import { readManifest } from '@podium/dataset';
import { compareModels, metrics } from '@podium/metrics';
import { type Graph, openStore, outputsOf, type RunReport } from '@podium/pipeline';
import type { ReportData, ScoreDifference } from '@podium/report';
import { type HeadPredictions, readHeads } from '../artifacts/head-predictions.ts';
import { readFormat } from '../artifacts/json.ts';
import { finalOutput, recordedGraph, recordedThreads } from '../graph/recorded-graph.ts';
import { type OpenOptions, openSources } from '../graph/recorded-sources.ts';
import { scoredTargets } from '../heads/scored-targets.ts';
import { predictedHeads, readForm } from '../heads/submission-form.ts';
import { type ProjectOptions, runProject, withProject } from '../run/project.ts';
import { findRun } from '../run/recorded-run.ts';
import { score } from '../stages/score.ts';
import type { ReportedRun } from './report-data.ts';

export interface ReportOptions extends ProjectOptions, Pick<OpenOptions, 'fetch'> {
  /** Where runs are looked for by name. */
  readonly submissions: string;
}

/** A report as one HTML file, and where it belongs. */
export interface RenderedReport {
  readonly html: string;
  /** A file name for it. */
  readonly name: string;
  /** Folder of the (first) run's record. */
  readonly base: string;
}

/**
 * The report of a recorded run; results that the store no longer has are recomputed, from what the run was made from.
 * @throws PodiumError as finding and rebuilding a run do
 */
export async function reportRun(run: string, options: ReportOptions): Promise<RenderedReport> {
  const { data, record, base } = await gather(run, options);
  const { renderReport } = await import('@podium/report');
  return { html: renderReport(data), name: `${record.run}.report.html`, base };
}

/** Two runs side by side, with the difference of their scores on the same images. */
export async function reportComparison(
  first: string,
  second: string,
  options: ReportOptions,
): Promise<RenderedReport> {
  const [a, b] = [await gather(first, options), await gather(second, options)];
  const { renderComparison } = await import('@podium/report');
  return {
    html: renderComparison(a.data, b.data, await differenceOf(a, b)),
    name: `${a.record.run}-vs-${b.record.run}.html`,
    base: a.base,
  };
}

interface Gathered {
  readonly data: ReportData;
  readonly record: ReportedRun;
  readonly graph: Graph;
  readonly report: RunReport;
  readonly base: string;
}

async function gather(run: string, options: ReportOptions): Promise<Gathered> {
  const { signal = new AbortController().signal, onEvent: emit = () => {} } = options;
  const found = await findRun(run, options.submissions);
  const { submission, base, folder, settings, file } = found;
  // A run of "podium train" has no submission, and so nothing that the linter could warn of.
  const record = submission ?? { ...found, settings: json(settings), warnings: [] };
  const { trust, fetch, store = found.store } = options;
  const { fileHashes: hashes } = await openStore(store);
  const sources = await openSources(found, { trust, fetch, hashes, signal, emit });
  const threads = recordedThreads(record.stages);
  return await withProject({ settings, file, folder }, { ...options, store, threads }, async (project) => {
    const graph = await recordedGraph(record.stages, sources);
    const report = await runProject(project, graph);
    // Only what draws loads charts and pages.
    const { reportData } = await import('./report-data.ts');
    const rebuild = submission === undefined ? undefined : `podium rebuild ${basename(file)}`;
    return { data: await reportData({ graph, report, record, rebuild }), record, graph, report, base };
  });
}

function json(value: unknown): ReportedRun['settings'] {
  return JSON.parse(JSON.stringify(value));
}

/** The difference of two runs' scores on the same images; none if their images or classes differ. */
async function differenceOf(a: Gathered, b: Gathered): Promise<{ difference?: ScoreDifference }> {
  const name = a.record.score?.metric;
  if (name === undefined || name !== b.record.score?.metric) return {};
  const { heads, rows } = await readManifest(outputsOf(a.report, 'data').train!);
  const [ofA, ofB] = [await outOfFold(a), await outOfFold(b)];
  const aligned = new Map<string, Predictions>();
  for (const [head, first] of ofA) {
    const second = ofB.get(head);
    if (second === undefined || !haveSameRows(first, second)) return {};
    aligned.set(head, second.align(first.ids));
  }
  const scoredOf = async ({ graph, report }: Gathered, predictions: HeadPredictions) => {
    const node = graph.nodes.find((item) => item.name === 'score')!;
    const { form: settings } = score.settings.parse(node.settings);
    const format = await readFormat(outputsOf(report, 'data').format!);
    const data = graph.sources.data!.path;
    const form =
      settings && (await readForm({ data, format, heads: predictedHeads(heads, predictions), settings }));
    const [first] = scoredTargets(predictions, rows, form);
    return first && { ...first.rows, folds: undefined };
  };
  const [first, second] = [await scoredOf(a, ofA), await scoredOf(b, aligned)];
  if (first === undefined || second === undefined || first.length !== second.length) return {};
  const comparison = compareModels(first, second, metrics.get(name), {
    rng: Rng.fromSeed('comparison'),
    resamples: 1000,
  });
  return { difference: { value: comparison.b - comparison.a, interval: comparison.difference } };
}

function haveSameRows(a: Predictions, b: Predictions): boolean {
  const sameIds = a.length === b.length && a.ids.every((id) => b.indexOf(id) !== undefined);
  return sameIds && a.classes.join('\0') === b.classes.join('\0');
}

async function outOfFold({ graph, report }: Gathered): Promise<HeadPredictions> {
  const { from, output } = finalOutput(graph.nodes, 'oof');
  const found = outputsOf(report, from);
  if (Object.hasOwn(found, output)) return await readHeads(found[output]!);
  throw new PodiumError({
    code: 'record-instance',
    message: `${from} has no output ${JSON.stringify(output)}`,
    fix: 'use the record as the run wrote it',
  });
}
