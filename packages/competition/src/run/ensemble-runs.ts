import { resolve } from 'node:path';
import { PodiumError } from '@podium/core';
import { methods, rules } from '@podium/ensemble';
import { defineGraph, type Graph, instance, plan as planRun, source } from '@podium/pipeline';
import type { CommandContext } from '../../../../apps/podium/src/commands/context.ts';
import { exitCodes } from '../../../../apps/podium/src/exit-codes.ts';
import { readJson } from '../../../../apps/podium/src/options.ts';
import {
  describeBlend,
  describeFinished,
  describeScore,
} from '../../../../apps/podium/src/terminal/run-report.ts';
import { readJsonFile } from '../artifacts/json.ts';
import { type MergedRuns, mergeRuns } from '../graph/merge-runs.ts';
import { threadsOf } from '../graph/recorded-graph.ts';
import { type Settings, settingsSchema } from '../settings/schema.ts';
import { type BlendReport, blend } from '../stages/blend.ts';
import { type ScoreReport, score } from '../stages/score.ts';
import { writeSubmission } from '../stages/write-submission.ts';
import { outputsOf } from './prepare.ts';
import { openProject, type Project, runProject } from './project.ts';
import { finish } from './publish.ts';
import { type FoundRun, findRun, instanceOf } from './run-record-file.ts';

export interface EnsembleOptions {
  readonly method: string;
  readonly options?: string | undefined;
  readonly out?: string | undefined;
  readonly make?: true | undefined;
  readonly submissions: string;
  readonly store?: string | undefined;
  readonly json?: true | undefined;
}

/** `podium ensemble --methods`. */
export function listMethods({ terminal }: CommandContext, json: boolean): void {
  const all = [
    ...rules.list().map(({ name, summary }) => ({ name, summary, fits: false })),
    ...methods.list().map(({ name, summary }) => ({ name, summary, fits: true })),
  ];
  if (json) {
    terminal.out(JSON.stringify(all, undefined, 2));
    return;
  }
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, summary, fits } of all)
    terminal.out(`${name.padEnd(width)}  ${fits ? 'fitted ' : 'no fit '}  ${summary}`);
}

/** `podium ensemble`: blends what several runs predicted, with a score that no row's own label had a part in. */
export async function ensemble(
  context: CommandContext,
  given: readonly string[],
  options: EnsembleOptions,
): Promise<void> {
  const { terminal } = context;
  const runs: FoundRun[] = [];
  for (const each of given) runs.push(await findRun(each, options.submissions));
  const [first] = runs as [FoundRun, ...FoundRun[]];
  refuseTwice(runs);
  const settings = await settingsOf(first, options);
  const merged = await mergeRuns(runs, context);
  const graph = graphOf(runs, merged, settings, options.out !== undefined);
  const found = { settings, file: first.file, folder: first.folder };
  const project = await openProject(found, context, {
    store: options.store,
    threads: threadsOf(first.stages),
  });
  try {
    if (!options.make) await refuseWork(project, graph);
    const report = await runProject(
      project,
      graph,
      graph.nodes.map(({ name }) => name),
    );
    const scored = await readJsonFile<ScoreReport>(outputsOf(report, 'score').score!);
    const blends = await readJsonFile<BlendReport[]>(outputsOf(report, 'ensemble').report!);
    const finished =
      options.out === undefined
        ? undefined
        : await finish({
            settings,
            folder: first.folder,
            graph,
            report,
            fetchable: merged.fetchable,
            submissions: resolve(first.base, '..'),
            name: options.out,
          });
    if (finished?.paths !== undefined) {
      const keys = report.instances.map(({ key }) => key);
      await project.store.pin(`${settings.competition}/${finished.run}`, keys);
    }
    if (options.json) {
      const { lint, paths } = finished ?? {};
      terminal.out(
        JSON.stringify(
          { score: scored, blends, submission: paths?.csv, record: paths?.record, lint },
          undefined,
          2,
        ),
      );
    } else {
      for (const line of describeScore(scored)) terminal.out(line);
      for (const line of blends.flatMap(describeBlend)) terminal.out(line);
      if (finished !== undefined)
        for (const line of describeFinished(finished, { podium: 'podium' })) terminal.out(line);
    }
    if (finished !== undefined && finished.paths === undefined) context.exitWith(exitCodes.problems);
  } finally {
    await project.executor.close();
  }
}

async function settingsOf(first: FoundRun, { method, options: file }: EnsembleOptions): Promise<Settings> {
  const known = [...rules.names(), ...methods.names()].sort();
  if (!known.includes(method)) {
    throw new PodiumError({
      code: 'ensemble-method',
      path: { key: '--method' },
      message: 'unknown ensemble method',
      expected: known,
      got: JSON.stringify(method),
      fix: '"podium ensemble --methods" says what each does',
    });
  }
  const options = file === undefined ? {} : await readJson(file);
  const { models: _, ...rest } = first.settings;
  const parsed = settingsSchema.safeParse({ ...rest, ensemble: { method, options } });
  if (parsed.success) return parsed.data;
  throw new PodiumError({
    code: 'ensemble-options',
    path: { file },
    expected: 'a JSON object of options of the method',
  });
}

function graphOf(
  runs: readonly FoundRun[],
  { sources, instances, members }: MergedRuns,
  settings: Settings,
  submits: boolean,
): Graph {
  const [first] = runs as readonly [FoundRun];
  const names = runs.map(({ run }) => run);
  const { metric, seed } = settings;
  const { method, options } = settings.ensemble;
  const train = { from: 'data', output: 'train' };
  const oof = members.map((member) => member.oof);
  const own = [
    instance('ensemble', blend, {
      settings: { metric, names, method: method!, options, sameInGroup: [] },
      inputs: { train, oof, test: members.map((member) => member.test) },
    }),
    instance('score', score, {
      settings: { metric, names, sameInGroup: [] },
      inputs: { train, blend: { from: 'ensemble', output: 'oof' }, members: oof },
    }),
  ];
  if (submits) own.push(submissionOf(runs, first));
  return defineGraph({ sources, instances: [...instances, ...own], seed: `ensemble/${seed}` });
}

function submissionOf(runs: readonly FoundRun[], first: FoundRun) {
  const parts = runs.map((run) => {
    const found = run.stages.instances.find(({ name }) => name === 'submission');
    if (found !== undefined) return writeSubmission.settings.parse(found.settings);
    throw new PodiumError({
      code: 'ensemble-training',
      path: { file: run.file },
      message: `${run.run} is a training: it predicted no test images for a submission`,
      fix: 'make a run of it: podium run, which trains nothing again',
    });
  });
  const contributed = Object.fromEntries(
    parts.flatMap((part, r) =>
      Object.entries(part.contributed).map(([model, folds]) => [`${runs[r]?.run}/${model}`, folds]),
    ),
  );
  const folds = [...new Set(parts.flatMap((part) => part.folds))].sort((a, b) => a - b);
  const settings = {
    ...writeSubmission.settings.parse(instanceOf(first, 'submission').settings),
    contributed,
    folds,
  };
  return instance('submission', writeSubmission, {
    settings,
    inputs: {
      data: source('data'),
      train: { from: 'data', output: 'train' },
      test: { from: 'data', output: 'test' },
      format: { from: 'data', output: 'format' },
      predictions: { from: 'ensemble', output: 'test' },
      oof: { from: 'ensemble', output: 'oof' },
    },
  });
}

function refuseTwice(runs: readonly FoundRun[]): void {
  const names = runs.map(({ run }) => run);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new PodiumError({
    code: 'ensemble-twice',
    message: `${twice} is named twice`,
    fix: 'name each run once; weights are what a method is for',
  });
}

/** Blending takes seconds; training again what the store has lost does not. */
async function refuseWork({ store, engine }: Project, graph: Graph): Promise<void> {
  const targets = graph.nodes.map(({ name }) => name);
  const { instances } = await planRun(graph, store, { engine, targets });
  const missing = instances.filter(
    ({ name, status }) => status === 'run' && !['ensemble', 'score', 'submission'].includes(name),
  );
  if (missing.length === 0) return;
  const names = missing.slice(0, 5).map(({ name }) => name);
  throw new PodiumError({
    code: 'ensemble-missing',
    path: { file: store.folder },
    message: `the store no longer has ${missing.length} results of these runs: ${names.join(', ')}${missing.length > 5 ? ', ...' : ''}`,
    fix: 'let them be made again with --make, or name the store that has them: --store FOLDER',
  });
}
