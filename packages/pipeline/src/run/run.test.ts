import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { competition, competitionGraph, temporaryFolder } from '../../test/graphs.ts';
import { blend, split } from '../../test/stages.ts';
import {
  defineGraph,
  type Executor,
  from,
  type Graph,
  inProcessExecutor,
  instance,
  localExecutor,
  openStore,
  outputsOf,
  type RunEvent,
  type RunOptions,
  type RunReport,
  run,
  type SeenSources,
  source,
} from '../index.ts';

const statuses = ({ instances }: RunReport) =>
  Object.fromEntries(instances.map((item) => [item.name, item.status]));

async function runIn(
  folder: string,
  graph: Graph,
  options: Partial<RunOptions> & { readonly executor?: Executor } = {},
): Promise<{ report: RunReport; events: RunEvent[]; text: string | undefined }> {
  const events: RunEvent[] = [];
  const store = await openStore(join(folder, 'store'));
  const executor = options.executor ?? inProcessExecutor();
  const onEvent = (event: RunEvent) => void events.push(event);
  const report = await run(graph, store, executor, { engine: 'e1', onEvent, ...options });
  const path = report.instances.find(({ name }) => name === 'blend')?.outputs?.submission;
  return { report, events, text: path === undefined ? undefined : readFileSync(path, 'utf8') };
}

test('the first run computes everything, the second nothing, with the same bytes', async () => {
  const folder = temporaryFolder();
  const graph = competitionGraph(competition(folder));
  const first = await runIn(folder, graph);
  expect(statuses(first.report)).toEqual({
    split: 'ran',
    'train[fold=0]': 'ran',
    'train[fold=1]': 'ran',
    blend: 'ran',
  });
  const second = await runIn(folder, graph);
  expect(new Set(Object.values(statuses(second.report)))).toEqual(new Set(['cached']));
  expect(second.text).toBe(first.text);
  expect(second.events.map(({ type }) => type)).toEqual(['planned', 'finished']);
});

test('runs that share what they have seen see one state of their data; a stage that reads another one fails', async () => {
  const folder = temporaryFolder();
  const data = competition(folder);
  const graph = competitionGraph(data);
  const seen: SeenSources = new Map();
  const first = await runIn(folder, graph, { seen, targets: ['split'] });
  writeFileSync(join(data, 'train.csv'), 'a,cat\nb,cat\nc,dog\n');
  const { report } = await runIn(folder, graph, { seen });
  expect(report.ok).toBe(true);
  expect(report.sources).toEqual(first.report.sources);
  expect(statuses(report)).toMatchObject({ split: 'cached', blend: 'ran' });
  const forced = await runIn(folder, graph, { seen, engine: 'e2' });
  expect(forced.report.instances[0]).toMatchObject({ name: 'split', error: { code: 'source-changed' } });
  const fresh = await runIn(folder, graph);
  expect(statuses(fresh.report)).toMatchObject({ split: 'ran', blend: 'ran' });
});

test('child processes and this process make the same bytes', async () => {
  const [here, there] = [temporaryFolder(), temporaryFolder()];
  const inHere = await runIn(here, competitionGraph(competition(here)));
  const executor = localExecutor({ cores: 2 });
  const inChildren = await runIn(there, competitionGraph(competition(there)), { executor });
  await executor.close();
  expect(inChildren.report.ok).toBe(true);
  expect(inChildren.text).toBe(inHere.text);
  const shape = ({ instances }: RunReport) =>
    instances.map(({ name, key, status, manifest }) => [
      name,
      key,
      status,
      manifest?.files.map(({ sha256 }) => sha256),
    ]);
  expect(shape(inChildren.report)).toEqual(shape(inHere.report));
  const progress = inChildren.events.filter(({ type }) => type === 'progress');
  expect(progress.at(-1)).toMatchObject({ progress: { done: 3, total: 3, unit: 'steps' } });
});

test('another learning rate trains again, but does not split again', async () => {
  const folder = temporaryFolder();
  const data = competition(folder);
  const first = await runIn(folder, competitionGraph(data));
  const { report, text } = await runIn(folder, competitionGraph(data, { lr: 0.2 }));
  expect(statuses(report)).toEqual({
    split: 'cached',
    'train[fold=0]': 'ran',
    'train[fold=1]': 'ran',
    blend: 'ran',
  });
  expect(text).not.toBe(first.text);
});

test('a changed source reruns everything after it; another engine reruns everything', async () => {
  const folder = temporaryFolder();
  const data = competition(folder);
  await runIn(folder, competitionGraph(data));
  writeFileSync(join(data, 'images/a.jpg'), 'another image');
  const changed = await runIn(folder, competitionGraph(data));
  expect(new Set(Object.values(statuses(changed.report)))).toEqual(new Set(['ran']));
  const engine = await runIn(folder, competitionGraph(data), { engine: 'e2' });
  expect(new Set(Object.values(statuses(engine.report)))).toEqual(new Set(['ran']));
});

test('a collected intermediate result is not recomputed', async () => {
  const folder = temporaryFolder();
  const graph = competitionGraph(competition(folder));
  const { report } = await runIn(folder, graph);
  const store = await openStore(join(folder, 'store'));
  for (const { name, key } of report.instances) if (name !== 'blend') await store.remove(key);
  const again = await runIn(folder, graph);
  expect(statuses(again.report)).toEqual({
    split: 'unneeded',
    'train[fold=0]': 'unneeded',
    'train[fold=1]': 'unneeded',
    blend: 'cached',
  });
});

test('outputs by handle, typed, and by name', async () => {
  const folder = temporaryFolder();
  const splitIt = instance('split', split, { settings: {}, inputs: { data: source('data') } });
  const again = instance('again', split, { settings: {}, inputs: { data: source('data') } });
  const graph = defineGraph({
    sources: { data: { kind: 'folder', type: 'competition', path: competition(folder) } },
    instances: [splitIt, again],
  });
  const { report } = await runIn(folder, graph, { targets: ['split'] });
  const { folds } = outputsOf(report, splitIt);
  expect(readFileSync(folds, 'utf8')).toContain('a,cat,0');
  expect(outputsOf(report, 'split').folds).toBe(folds);
  // @ts-expect-error: `split` has no such output.
  expect(outputsOf(report, splitIt).predictions).toBeUndefined();
  expect(() => outputsOf(report, 'spilt')).toThrow(/no outputs of "spilt".*no such instance/s);
});

test('only what the targets need is computed', async () => {
  const folder = temporaryFolder();
  const { report } = await runIn(folder, competitionGraph(competition(folder)), {
    targets: ['train[fold=1]'],
  });
  expect(statuses(report)).toEqual({
    split: 'ran',
    'train[fold=0]': 'unneeded',
    'train[fold=1]': 'ran',
    blend: 'unneeded',
  });
  await expect(
    runIn(folder, competitionGraph(join(folder, 'data')), { targets: ['blendd'] }),
  ).rejects.toThrow('did you mean "blend"?');
});

test('after a failure independent branches continue, and blocked instances name the cause', async () => {
  const folder = temporaryFolder();
  const data = competition(folder);
  const broken = { ...split, run: () => Promise.reject(new TypeError('oops')) };
  const graph = defineGraph({
    sources: { data: { kind: 'folder', type: 'competition', path: data } },
    seed: 1,
    instances: [
      instance('good', split, { settings: {}, inputs: { data: source('data') } }),
      instance('bad', broken, { settings: { folds: 5 }, inputs: { data: source('data') } }),
      ...competitionGraph(data)
        .nodes.filter(({ stage }) => stage.name === 'train')
        .map(({ stage, name, settings }, i) => ({
          name,
          stage,
          settings,
          inputs: { folds: from(i === 0 ? 'good' : 'bad', 'folds') },
        })),
      instance('blend', blend, {
        settings: {},
        inputs: { predictions: [from('train[fold=0]', 'predictions'), from('train[fold=1]', 'predictions')] },
      }),
    ],
  });
  const { report } = await runIn(folder, graph);
  expect(report.ok).toBe(false);
  expect(statuses(report)).toEqual({
    good: 'ran',
    bad: 'failed',
    'train[fold=0]': 'ran',
    'train[fold=1]': 'blocked',
    blend: 'blocked',
  });
  expect(report.instances.find(({ name }) => name === 'blend')?.blockedBy).toEqual(['bad']);
  const error = report.instances.find(({ name }) => name === 'bad')?.error;
  expect(error).toMatchObject({ code: 'stage-failed', message: 'the stage "split" failed: oops' });
  expect(error?.cause).toMatchObject({ stack: expect.stringContaining('run.test.ts') });
});

test('a source that changes while it is read makes no entry', async () => {
  const folder = temporaryFolder();
  const data = competition(folder);
  const changing = {
    ...split,
    run: async (context: Parameters<typeof split.run>[0]) => {
      writeFileSync(join(data, 'train.csv'), 'a,dog\n');
      await split.run(context);
    },
  };
  const graph = defineGraph({
    sources: { data: { kind: 'folder', type: 'competition', path: data } },
    instances: [instance('split', changing, { settings: {}, inputs: { data: source('data') } })],
  });
  const { report } = await runIn(folder, graph);
  expect(report.instances[0]?.error?.code).toBe('source-changed');
  expect(await (await openStore(join(folder, 'store'))).list()).toEqual([]);
});

test('a run that is canceled before it starts computes nothing', async () => {
  const folder = temporaryFolder();
  const signal = AbortSignal.abort(new Error('Ctrl-C'));
  const { report } = await runIn(folder, competitionGraph(competition(folder)), { signal });
  expect(report).toMatchObject({ ok: false, canceled: true });
  expect(statuses(report).blend).toBe('canceled');
});

test('two instances with the same key are computed once', async () => {
  const folder = temporaryFolder();
  const data = competition(folder);
  const graph = defineGraph({
    sources: { data: { kind: 'folder', type: 'competition', path: data } },
    instances: ['a', 'b'].map((name) =>
      instance(name, split, { settings: {}, inputs: { data: source('data') } }),
    ),
  });
  const { report } = await runIn(folder, graph);
  expect(report.instances.map(({ status }) => status).sort()).toEqual(['cached', 'ran']);
  expect(report.ok).toBe(true);
});
