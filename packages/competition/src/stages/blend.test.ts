import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Predictions, Rng } from '@podium/core';
import { type Head, type ManifestRow, writeManifest } from '@podium/dataset';
import { expect, onTestFinished, test } from 'vitest';
import { readHeads, writeHeads } from '../artifacts/head-predictions.ts';
import { type BlendReport, blend } from './blend.ts';

const IDS = Array.from({ length: 40 }, (_, i) => `r${String(i).padStart(2, '0')}`);
const HEADS: readonly Head[] = [
  { name: 'constructor', task: 'single-label', classes: ['a', 'b'] },
  { name: 'toString', task: 'single-label', classes: ['x', 'y', 'z'] },
];
/** Rows without a label of the first head, and without one of the second. */
const UNLABELED = [
  [3, 4, 5, 20],
  [4, 30],
];

function member(seed: number): Map<string, Predictions> {
  return new Map(
    HEADS.map(({ name, classes }) => {
      const rng = Rng.fromSeed(seed).split(name);
      const values = Float32Array.from({ length: IDS.length * classes.length }, () => rng.normal());
      const folds = Int32Array.from(IDS, (_, i) => i % 4);
      return [name, new Predictions({ ids: IDS, classes, kind: 'logits', values, folds }).softmax()];
    }),
  );
}

const rows = IDS.map((id, i): ManifestRow => {
  const known = HEADS.filter((_, h) => !UNLABELED[h]!.includes(i));
  return {
    id,
    image: { kind: 'file', path: `${id}.png` },
    labels: Object.fromEntries(known.map(({ name, classes }) => [name, classes[i % classes.length]!])),
    weight: 1,
    provenance: { kind: 'true' },
  };
});

test.each([
  ['mean', 'log-loss'],
  ['selection', 'log-loss'],
  ['stacking', 'log-loss'],
  // Of another head of the submission, which has several labels per image.
  ['selection', 'f1-samples'],
])('%s, for %s, blends rows without a label, too, and is judged on the others', async (method, metric) => {
  const folder = mkdtempSync(join(tmpdir(), 'podium-blend-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  await writeManifest(path('train.jsonl'), { heads: HEADS, rows });
  for (const seed of [1, 2]) await writeHeads(path(`m${seed}`), member(seed));
  await blend.run({
    settings: blend.settings.parse({ metric, names: ['one', 'two'], method, options: {} }),
    inputs: {
      train: path('train.jsonl'),
      oof: [path('m1'), path('m2')],
      test: [path('m1'), path('m2')],
    },
    outputs: {
      oof: path('oof'),
      test: path('test'),
      report: path('blend.json'),
      parameters: path('parameters.json'),
    },
    rng: Rng.fromSeed(1),
  } as never);
  const blended = await readHeads(path('oof'));
  expect([...blended.keys()]).toEqual(HEADS.map(({ name }) => name));
  for (const predictions of blended.values()) {
    expect([...predictions.ids].sort()).toEqual(IDS);
    expect(new Set(predictions.folds).size).toBe(4);
  }
  const reports = JSON.parse(readFileSync(path('blend.json'), 'utf8')) as BlendReport[];
  expect(reports.map(({ head }) => head)).toEqual(['constructor', 'toString']);
  expect(reports.every(({ diversity }) => diversity.every(({ score }) => Number.isFinite(score)))).toBe(true);
  const parameters = JSON.parse(readFileSync(path('parameters.json'), 'utf8')) as object;
  expect(Object.keys(parameters).sort()).toEqual(['constructor', 'toString']);
});
