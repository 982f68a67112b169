import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type CompetitionOptions,
  competition,
  competitionGraph,
  temporaryFolder,
} from '../../test/graphs.ts';
import { checkRebuild, inProcessExecutor, openStore, plan, recordOf, renderReason, run } from '../index.ts';

async function after(first: CompetitionOptions | undefined) {
  const folder = temporaryFolder();
  const data = competition(folder);
  const store = await openStore(join(folder, 'store'));
  if (first) await run(competitionGraph(data, first), store, inProcessExecutor(), { engine: 'e1' });
  return {
    data,
    store,
    plan: async (options: CompetitionOptions, engine = 'e1') => {
      const { instances } = await plan(competitionGraph(data, options), store, { engine });
      return Object.fromEntries(
        instances.map(({ name, status, reasons }) => [
          name,
          [status, ...reasons.map(renderReason)].join(' | '),
        ]),
      );
    },
  };
}

test('tells for each instance whether it would run, and why', async () => {
  const fresh = await after(undefined);
  expect((await fresh.plan({})).split).toBe('run | not in the store yet');
  const { plan: again, data } = await after({});
  expect(Object.values(await again({}))).toEqual(['cached', 'cached', 'cached', 'cached']);
  expect(await again({ lr: 0.2 })).toEqual({
    split: 'cached',
    'train[fold=0]': 'run | setting lr: 0.1 -> 0.2',
    'train[fold=1]': 'run | setting lr: 0.1 -> 0.2',
    blend:
      'run | input predictions: the result of train[fold=0] changed | input predictions: the result of train[fold=1] changed',
  });
  expect(await again({ seed: 8 })).toMatchObject({
    split: 'cached',
    'train[fold=1]': 'run | seed: 7 -> 8',
  });
  expect((await again({}, 'e2')).split).toBe('run | engine version: "e1" -> "e2"');
  expect(await again({ folds: 3 })).toMatchObject({
    split: 'run | setting folds: 2 -> 3',
    'train[fold=2]': expect.stringContaining('setting fold: '),
    blend: 'run | input predictions: 2 artifacts -> 3',
  });
  writeFileSync(join(data, 'images/a.jpg'), 'changed');
  writeFileSync(join(data, 'images/new.jpg'), 'new');
  rmSync(join(data, 'images/b.jpg'));
  expect((await again({})).split).toBe(
    'run | input data: source data changed: 1 changed (images/a.jpg), 1 added (images/new.jpg), 1 removed (images/b.jpg)',
  );
});

test('a plan runs nothing, and names a damaged entry', async () => {
  const { store, plan: again } = await after({});
  const entries = await store.list();
  const key = entries.find(({ manifest }) => manifest?.instance === 'blend')!.key;
  writeFileSync(join(store.folder, 'entries', key, 'manifest.json'), '');
  expect((await again({})).blend).toMatch(/^run \| the stored result is damaged: manifest.json/);
});

test('a rebuild check names the input that changed', async () => {
  const { store, data } = await after(undefined);
  const graph = competitionGraph(data);
  const report = await run(graph, store, inProcessExecutor(), { engine: 'e1' });
  const record = recordOf(graph, report, { gitCommit: 'abc' });
  expect(await checkRebuild(record, graph, store, { engine: 'e1' })).toEqual({
    same: true,
    differences: [],
    files: {},
  });
  writeFileSync(join(data, 'train.csv'), 'a,cat\n');
  const changed = await checkRebuild(record, competitionGraph(data, { lr: 0.3 }), store, { engine: 'e1' });
  expect(changed.same).toBe(false);
  expect(changed.differences.map(({ kind, name, key }) => [kind, name, key])).toEqual([
    ['source', 'data', undefined],
    ['setting', 'train[fold=0]', 'lr'],
    ['setting', 'train[fold=1]', 'lr'],
  ]);
  expect(changed.files).toEqual({ data: { added: [], removed: [], changed: ['train.csv'] } });
});
