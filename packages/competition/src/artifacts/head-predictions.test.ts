import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Predictions } from '@podium/core';
import { expect, onTestFinished, test } from 'vitest';
import { readHeads, writeHeads } from './head-predictions.ts';

const one = new Predictions({
  ids: ['a'],
  classes: ['x', 'y'],
  kind: 'probabilities',
  values: Float32Array.of(0.25, 0.75),
});

test('heads of any name come back in their order, from files with harmless names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'podium-heads-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const names = ['../mask', 'gender', 'age / "old"'];
  await writeHeads(folder, new Map(names.map((name) => [name, one])));
  expect(readdirSync(folder).sort()).toEqual([
    'head-0.predictions',
    'head-1.predictions',
    'head-2.predictions',
    'heads.json',
  ]);
  const read = await readHeads(folder);
  expect([...read.keys()]).toEqual(names);
  expect(read.get('gender')?.values).toEqual(one.values);
  writeFileSync(join(folder, 'heads.json'), '{');
  await expect(readHeads(folder)).rejects.toMatchObject({ code: 'predictions-folder' });
});
