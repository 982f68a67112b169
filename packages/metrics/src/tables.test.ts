import { expect, test } from 'vitest';
import { makeRows } from '../test/make-rows.ts';
import {
  accuracy,
  calibrationCurve,
  calibrationError,
  classReport,
  confusionMatrix,
  f1,
  logLoss,
  precision,
  recall,
  scoreRows,
  topK,
} from './index.ts';

const rows = makeRows('tables', { classes: 4, weighted: true });

test('the confusion matrix holds every weight once', () => {
  const { counts } = confusionMatrix(rows);
  const total = rows.weights.reduce((sum, weight) => sum + weight, 0);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeCloseTo(total, 9);
  const right = counts.reduce((sum, count, cell) => sum + (cell % 5 === 0 ? count : 0), 0);
  expect(right / total).toBeCloseTo(accuracy.compute(rows), 12);
  expect(() => confusionMatrix(makeRows(1, { task: 'multi-label' }))).toThrow(/classReport/);
});

test('the report of classes has what the averages are of', () => {
  const report = classReport(rows);
  expect(report.map(({ name }) => name)).toEqual(rows.classes);
  const mean = (of: 'precision' | 'recall' | 'f1') => report.reduce((sum, one) => sum + one[of], 0) / 4;
  expect(mean('f1')).toBeCloseTo(f1().compute(rows), 12);
  expect(mean('recall')).toBeCloseTo(recall().compute(rows), 12);
  expect(mean('precision')).toBeCloseTo(precision().compute(rows), 12);
});

test('reports a class that is never predicted', () => {
  const report = classReport(
    scoreRows(
      {
        task: 'single-label',
        kind: 'probabilities',
        classes: ['a', 'b'],
        values: Float32Array.of(1, 0, 1, 0),
      },
      [0, 1],
    ),
    { zeroDivision: Number.NaN },
  );
  expect(report[1]).toEqual({ name: 'b', support: 1, predicted: 0, precision: Number.NaN, recall: 0, f1: 0 });
});

/** Confidences 0.6, 0.6, 0.9, 1; the second and the third are wrong. */
const sure = scoreRows(
  {
    task: 'single-label',
    kind: 'probabilities',
    classes: ['a', 'b'],
    values: Float64Array.of(0.6, 0.4, 0.6, 0.4, 0.9, 0.1, 1, 0),
  },
  [0, 1, 1, 0],
);

test('calibration by hand', () => {
  expect(calibrationCurve(sure, { bins: 5 })).toEqual([
    { weight: 2, confidence: 0.6, accuracy: 0.5 },
    { weight: 2, confidence: 0.95, accuracy: 0.5 },
  ]);
  expect(calibrationError({ bins: 5 }).compute(sure)).toBeCloseTo((2 * 0.1 + 2 * 0.45) / 4, 12);
  expect(calibrationError({ bins: 10 }).compute(sure)).toBeCloseTo((2 * 0.1 + 0.9) / 4, 12);
  // Four bins of one row each; the tied rows share their bins' right and wrong.
  expect(calibrationError({ bins: 4, adaptive: true }).compute(sure)).toBeCloseTo((2 * 0.1 + 0.9) / 4, 12);
  expect(calibrationError({ bins: 2, adaptive: true }).compute(sure)).toBeCloseTo(
    (2 * 0.1 + 2 * 0.45) / 4,
    12,
  );
  expect(() => calibrationCurve(makeRows(1, { task: 'multi-label' }))).toThrow('expected single-label');
});

test('a bin holds its upper edge', () => {
  const edges = scoreRows(
    {
      task: 'single-label',
      kind: 'probabilities',
      classes: ['a', 'b'],
      values: Float64Array.of(0.75, 0.25, 0.8, 0.2, 1, 0),
    },
    [0, 1, 0],
  );
  expect(calibrationCurve(edges, { bins: 4 })).toEqual([
    { weight: 1, confidence: 0.75, accuracy: 1 },
    { weight: 2, confidence: 0.9, accuracy: 0.5 },
  ]);
});

test('adaptive bins have equal weight for any number of rows', () => {
  for (const bins of [1, 2, 7, 59, 60, 200]) {
    const points = calibrationCurve(rows, { bins, adaptive: true });
    const total = rows.weights.reduce((sum, weight) => sum + weight, 0);
    expect(points).toHaveLength(bins);
    for (const { weight } of points) expect(weight).toBeCloseTo(total / bins, 6);
  }
});

test.each([
  ['k', () => topK(0)],
  ['clip', () => logLoss({ clip: 0 })],
  ['bins', () => calibrationError({ bins: 1.5 })],
  ['labels', () => f1({ labels: [4] }).compute(rows)],
  ['labels', () => f1({ labels: [] }).compute(rows)],
])('settings that make no sense are rejected: %s', (key, act) => {
  expect(act).toThrow(new RegExp(`^${key}: expected `));
});
