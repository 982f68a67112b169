import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import type { ManifestRow } from '@podium/dataset';
import { inProcessExecutor, openStore, outputsOf } from '@podium/pipeline';
import { expect, onTestFinished, test } from 'vitest';
import { CompetitionGraph } from '../graph/competition-graph.ts';
import { runProject } from '../run/project.ts';
import { RunClock } from '../run/run-clock.ts';
import { settingsFrom } from '../settings/read-settings.ts';
import { writeLeaves } from '../testing/index.ts';
import { stableRows } from './stable-rows.ts';

test('the order of a table does not change what models learn from', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'podium-order-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folders = ['a', 'b'].map((name) => join(root, name));
  await writeLeaves(folders[0]!);
  cpSync(folders[0]!, folders[1]!, { recursive: true });
  const table = join(folders[1]!, 'data/train.csv');
  const [header, ...rows] = readFileSync(table, 'utf8').trimEnd().split('\n');
  writeFileSync(table, [header, ...Rng.fromSeed(1).shuffle(rows), ''].join('\n'));
  const read = await Promise.all(
    folders.map(async (folder) => {
      const executor = inProcessExecutor();
      try {
        const found = await settingsFrom({ competition: 'leaves', data: { folder: 'data' } }, folder);
        const store = await openStore(join(folder, '.podium'));
        const graph = new CompetitionGraph({ ...found, threads: 1, backend: 'tensorflow' });
        const project = { found, store, executor, threads: 1, backend: 'tensorflow' as const };
        const signal = new AbortController().signal;
        const report = await runProject(
          { ...project, engine: 'test', clock: new RunClock(), signal, emit: () => {} },
          graph.build(),
        );
        return readFileSync(outputsOf(report, graph.data).train, 'utf8');
      } finally {
        await executor.close();
      }
    }),
  );
  expect(read[0]).toBe(read[1]);
  expect(read[0]!.split('\n').length).toBeGreaterThan(10);
});

test('people by their folders, the photographs of a person as they are', () => {
  const ids = ['b/normal.jpg', 'b/mask1.jpg', 'a/normal.jpg', 'a/mask1.jpg'];
  const rows = ids.map((id) => ({ id }) as ManifestRow);
  const order = (layout: string) => stableRows(layout, rows).map(({ id }) => id);
  expect(order('person-folders')).toEqual([ids[2], ids[3], ids[0], ids[1]]);
  expect(order('csv')).toEqual([ids[3], ids[2], ids[1], ids[0]]);
  expect(order('idx')).toEqual(ids);
});
