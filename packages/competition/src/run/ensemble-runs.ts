import { resolve } from 'node:path';
import { type Decision, PodiumError } from '@podium/core';
import { methods, rules } from '@podium/ensemble';
import { defineGraph, type Graph, instance, openStore, outputsOf, plan, source } from '@podium/pipeline';
import type { FormSettings } from '@podium/submission';
import { type DataFormat, readFormat, readJsonFile } from '../artifacts/json.ts';
import { meantBy } from '../catalog/aliases.ts';
import { type MergedRuns, mergeRuns } from '../graph/merge-runs.ts';
import { recordedThreads } from '../graph/recorded-graph.ts';
import type { OpenOptions } from '../graph/recorded-sources.ts';
import { type Settings, settingsSchema } from '../settings/schema.ts';
import { type BlendReport, blend } from '../stages/blend.ts';
import { type ScoreReport, score } from '../stages/score.ts';
import { writeSubmission } from '../stages/write-submission.ts';
import { type Project, type ProjectOptions, runProject, withProject } from './project.ts';
import { type PublishedRun, publish } from './publish.ts';
import { findRun, type RecordedRun, recordedSettings } from './recorded-run.ts';

export interface EnsembleOptions extends ProjectOptions, Pick<OpenOptions, 'fetch'> {
  /** A rule or method of `@podium/ensemble`. */
  readonly method: string;
  /** The method's own settings. Default: none. */
  readonly options?: unknown;
  /** Writes a submission of this name. Default: none is written. */
  readonly name?: string;
  /** Whether results that the store no longer has may be recomputed. Default: false, since that may mean training. */
  readonly recompute?: boolean;
  /** Where runs are looked for by name. */
  readonly submissions: string;
}

export interface EnsembleResult {
  readonly score: ScoreReport;
  /** Per head, how its members were blended. */
  readonly blends: readonly BlendReport[];
  /** Undefined where no submission was asked for. */
  readonly published: PublishedRun | undefined;
}

/**
 * Blends the predictions of several runs, with a score in which no row's own label had a part.
 * @param runs names of runs, or their records
 * @throws PodiumError `ensemble-method`, `ensemble-twice`, `ensemble-data`, `ensemble-missing`, `ensemble-training`
 */
export async function ensembleRuns(
  runs: readonly string[],
  options: EnsembleOptions,
): Promise<EnsembleResult> {
  const { signal = new AbortController().signal, onEvent: emit = () => {} } = options;
  const records: RecordedRun[] = [];
  for (const run of runs) records.push(await findRun(run, options.submissions));
  const [first] = records as [RecordedRun, ...RecordedRun[]];
  assertDistinct(records);
  const settings = ensembleSettings(first, options);
  const { trust, fetch, store = first.store } = options;
  const { fileHashes: hashes } = await openStore(store);
  const merged = await mergeRuns(records, { trust, fetch, hashes, signal, emit });
  const graph = ensembleGraph(records, merged, settings, options.name !== undefined);
  const found = { settings, file: first.file, folder: first.folder };
  const threads = recordedThreads(first.stages);
  return await withProject(found, { ...options, store, threads }, async (project) => {
    if (options.recompute !== true) await assertCached(project, graph);
    const report = await runProject(project, graph);
    const published =
      options.name === undefined
        ? undefined
        : await publish({
            settings,
            folder: first.folder,
            graph,
            report,
            ...recordedNotes(first, await readFormat(outputsOf(report, 'data').format!)),
            fetchable: merged.fetchable,
            submissions: resolve(first.base, '..'),
            name: options.name,
          });
    if (published?.paths !== undefined) {
      const keys = report.instances.map(({ key }) => key);
      await project.store.pin(`${settings.competition}/${published.run}`, keys);
    }
    return {
      score: await readJsonFile<ScoreReport>(outputsOf(report, 'score').score!),
      blends: await readJsonFile<BlendReport[]>(outputsOf(report, 'ensemble').report!),
      published,
    };
  });
}

/** What the first run chose and left out, as far as it holds for the ensemble. */
function recordedNotes({ submission }: RecordedRun, format: DataFormat) {
  const { decisions, omissions } = submission ?? format;
  const holds = ({ key }: Decision) => /^(data|submission|metric)\b/.test(key);
  return { decisions: decisions.filter(holds), omissions };
}

function ensembleSettings(first: RecordedRun, { method: given, options = {} }: EnsembleOptions): Settings {
  const method = (meantBy(rules, given) ?? meantBy(methods, given))?.name ?? given;
  const known = [...rules.names(), ...methods.names()].sort();
  if (!known.includes(method)) {
    throw new PodiumError({
      code: 'ensemble-method',
      path: { key: '--method' },
      message: 'unknown ensemble method',
      expected: known,
      got: JSON.stringify(method),
      fix: '"podium ensemble --methods" explains each',
    });
  }
  const { models: _, ...rest } = first.settings;
  const parsed = settingsSchema.safeParse({ ...rest, ensemble: { method, options } });
  if (parsed.success) return parsed.data;
  throw new PodiumError({ code: 'ensemble-options', expected: "a JSON object of the method's options" });
}

function ensembleGraph(
  runs: readonly RecordedRun[],
  { sources, instances, members, train }: MergedRuns,
  settings: Settings,
  submits: boolean,
): Graph {
  const names = runs.map(({ run }) => run);
  const { seed, ensemble } = settings;
  const { metric, form } = recordedScoring(runs[0]!);
  const oof = members.map((member) => member.oof);
  const blended = instance('ensemble', blend, {
    settings: { metric, names, method: ensemble.method!, options: ensemble.options, sameInGroup: [] },
    inputs: { train, oof, test: members.map((member) => member.test) },
  });
  const scored = instance('score', score, {
    settings: { metric, names, form, sameInGroup: [] },
    inputs: {
      data: source('data'),
      format: { from: 'data', output: 'format' },
      train,
      blend: blended.output('oof'),
      members: oof,
    },
  });
  const added = [blended, scored];
  if (submits) {
    const inputs = {
      data: source('data'),
      train,
      test: { from: 'data', output: 'test' },
      format: { from: 'data', output: 'format' },
      predictions: blended.output('test'),
      oof: blended.output('oof'),
    };
    added.push(
      instance('submission', writeSubmission, { settings: submissionSettings(runs), inputs }) as never,
    );
  }
  return defineGraph({ sources, instances: [...instances, ...added], seed: `ensemble/${seed}` });
}

/** How a run was scored. */
function recordedScoring(run: RecordedRun): { readonly metric: string; readonly form?: FormSettings } {
  const { metric, form } = recordedSettings(run, 'score', score);
  return { metric, ...(form !== undefined && { form }) };
}

/** The first run's, with the folds that all of them contributed. */
function submissionSettings(runs: readonly RecordedRun[]) {
  const parts = runs.map((run) => {
    const found = run.stages.instances.find(({ name }) => name === 'submission');
    if (found !== undefined) return recordedSettings(run, 'submission', writeSubmission);
    throw new PodiumError({
      code: 'ensemble-training',
      path: { file: run.file },
      message: `${run.run} is a run of "podium train": it has no predictions for a submission`,
      fix: 'run "podium run" with its settings, which repeats no training',
    });
  });
  const contributed = parts.flatMap((part, r) =>
    Object.entries(part.contributed).map(([model, folds]) => [`${runs[r]!.run}/${model}`, folds]),
  );
  return {
    ...recordedSettings(runs[0]!, 'submission', writeSubmission),
    contributed: Object.fromEntries(contributed),
    folds: [...new Set(parts.flatMap((part) => part.folds))].sort((a, b) => a - b),
  };
}

function assertDistinct(runs: readonly RecordedRun[]): void {
  const names = runs.map(({ run }) => run);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new PodiumError({
    code: 'ensemble-twice',
    message: `${twice} is named twice`,
    fix: 'name each run once; to weigh runs, choose a method with weights',
  });
}

/** Blending takes seconds; recomputing trainings that the store has lost does not. */
async function assertCached({ store, engine }: Project, graph: Graph): Promise<void> {
  const targets = graph.nodes.map(({ name }) => name);
  const { instances } = await plan(graph, store, { engine, targets });
  const missing = instances.filter(
    ({ name, status }) => status === 'run' && !['ensemble', 'score', 'submission'].includes(name),
  );
  if (missing.length === 0) return;
  const names = missing.slice(0, 5).map(({ name }) => name);
  throw new PodiumError({
    code: 'ensemble-missing',
    path: { file: store.folder },
    message: `the store no longer has ${missing.length} results of these runs: ${names.join(', ')}${missing.length > 5 ? ', ...' : ''}`,
    fix: 'recompute them with --recompute, or name the store that has them: --store FOLDER',
  });
}
