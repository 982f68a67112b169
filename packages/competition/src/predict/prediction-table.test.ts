import { Predictions } from '@podium/core';
import type { Head } from '@podium/dataset';
import { expect, test } from 'vitest';
import type { DataFormat } from '../artifacts/json.ts';
import type { RecordedRun } from '../run/recorded-run.ts';
import { decidedLabels } from './decided-labels.ts';
import { predictionTable } from './prediction-table.ts';

const HEADS: readonly Head[] = [
  { name: 'tags', task: 'multi-label', classes: ['big cat', 'dog', 'owl'] },
  { name: 'sex', task: 'single-label', classes: ['f', 'm'] },
];
const NOTHING = { decisions: [], omissions: [], unpredicted: [], ranges: {} };
const FORMAT: DataFormat = { layout: 'csv', submission: null, missing: 0, kept: 1, side: 16, ...NOTHING };

/** Tables of a run whose submission has this form; undefined for a run without one. */
async function tableOf(
  form: object | undefined,
  values: readonly (readonly number[])[],
  heads: readonly Head[] = HEADS.slice(0, 1),
) {
  const ids = values.map((_, i) => `${i}.png`);
  const predictions = new Map(
    heads.map(({ name, task, classes }, h) => {
      const own = Float32Array.from(values.flatMap((row) => (h === 0 ? row.slice(0, 3) : row.slice(3))));
      return [name, new Predictions({ ids, classes, task, values: own, kind: 'probabilities' })];
    }),
  );
  const run = { stages: { instances: [{ name: 'score', settings: form === undefined ? {} : { form } }] } };
  const data = async () => '/nowhere';
  const labels = await decidedLabels(run as unknown as RecordedRun, predictions, {
    data,
    format: FORMAT,
    heads,
  });
  return predictionTable({ predictions, labels }).rows.map((row) => row.slice(1).join(', '));
}

const VALUES = [
  [0.45, 0.2, 0.1],
  [0.3, 0.2, 0.35],
  [0.9, 0.2, 0.6],
];

test.each<[string, object | undefined, readonly string[]]>([
  ['above one half, without a submission', undefined, ['', '', 'big cat;owl']],
  [
    'by the threshold of the submission',
    { form: 'multi-label', list: 'plain', separator: ';', threshold: 0.4 },
    ['big cat', 'owl', 'big cat;owl'],
  ],
  [
    'at most as many as the submission writes',
    { form: 'multi-label', list: 'plain', separator: ';', threshold: 0.25, atMost: 1 },
    ['big cat', 'owl', 'big cat'],
  ],
  [
    'by the threshold of columns',
    { form: 'class-columns', values: 'zero-one', threshold: 0.32 },
    ['big cat', 'owl', 'big cat;owl'],
  ],
])('several labels are decided %s', async (_, form, rows) => {
  expect(await tableOf(form, VALUES)).toEqual(rows);
});

test('a class has its probability beside it', async () => {
  expect(await tableOf(undefined, [[0.9, 0.1, 0.1, 0.25, 0.75]], HEADS)).toEqual(['big cat, m, 0.75']);
});
