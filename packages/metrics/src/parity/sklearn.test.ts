import { readFileSync } from 'node:fs';
import { PodiumError } from '@podium/core';
import { expect, test } from 'vitest';
import { checkSklearnFile } from './sklearn.ts';

const file = JSON.parse(readFileSync(new URL('../fixtures/sklearn.json', import.meta.url), 'utf8')) as {
  cases: { y_true: number[]; expected: Record<string, number | null>; [key: string]: unknown }[];
};

test('scikit-learn agrees on every metric of the file', () => {
  const checks = checkSklearnFile(file);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(checks.map(({ name, compared }) => `${name} ${compared}`)).toMatchInlineSnapshot(`
    [
      "accuracy 5",
      "balanced_accuracy 5",
      "macro_f1 5",
      "macro_f1_all_labels 5",
      "weighted_f1 5",
      "micro_f1 5",
      "macro_precision 5",
      "macro_recall 5",
      "mcc 5",
      "cohen_kappa 5",
      "quadratic_weighted_kappa 5",
      "log_loss 5",
      "roc_auc_ovr_macro 5",
      "confusion_matrix 5",
      "top3_accuracy 3",
    ]
  `);
});

test('finds wrong and unexpected values', () => {
  const [first, ...rest] = file.cases.map((one) => ({ ...one, expected: { ...one.expected } }));
  if (first === undefined) throw new Error('no case');
  first.expected.mcc = first.expected.mcc! * (1 + 3e-9);
  first.expected.log_loss = null;
  const bad = checkSklearnFile({ cases: [first, ...rest] }).filter(({ ok }) => !ok);
  expect(bad.map(({ name }) => name)).toEqual(['mcc', 'log_loss']);
  expect(bad[0]?.worst).toBeCloseTo(3e-9, 12);
  expect(bad[1]?.worst).toBe(Number.POSITIVE_INFINITY);
});

test.each([
  ['not an object', null],
  ['no cases', { cases: [] }],
  ['a case without rows', { cases: [{ classes: 2, expected: {} }] }],
  ['rows of another width', { cases: [{ classes: 2, y_true: [0], probabilities: [[1]], expected: {} }] }],
  [
    'an unknown metric',
    { cases: [{ classes: 2, y_true: [0], probabilities: [[1, 0]], expected: { macro_f2: 1 } }] },
  ],
  [
    'a matrix of another size',
    { cases: [{ classes: 2, y_true: [0], probabilities: [[1, 0]], expected: {}, confusion_matrix: [[1]] }] },
  ],
])('%s is rejected', (_, json) => {
  expect(() => checkSklearnFile(json)).toThrow(PodiumError);
});
