import { expect, test } from 'vitest';
import { makeRows } from '../../test/make-rows.ts';
import { averagePrecision, rankingCurves, rocAuc, scoreRows } from '../index.ts';

const LABELS = [0, 0, 1, 1, 1, 0, 1, 0];
const SCORES = [0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.1, 0.9];

const binary = scoreRows(
  {
    task: 'multi-label',
    kind: 'probabilities',
    classes: ['a'],
    values: Float32Array.from(SCORES),
  },
  LABELS,
);

test('the corners of both curves, equal scores taken together', () => {
  const [curve] = rankingCurves(binary);
  expect(curve).toMatchObject({ name: 'a', positives: 4, negatives: 4, auc: 0.40625 });
  expect(curve?.averagePrecision).toBeCloseTo(0.475, 12);
  expect(curve?.roc).toEqual([
    [0, 0],
    [0.25, 0],
    [0.25, 0.25],
    [0.75, 0.5],
    [0.75, 0.75],
    [1, 1],
  ]);
  expect(curve?.precisionRecall).toEqual([
    [0, 0.5],
    [0.25, 0.5],
    [0.5, 0.4],
    [0.75, 0.5],
    [1, 0.5],
  ]);
});

test.each(['single-label', 'multi-label'] as const)('%s: the areas are those of the metrics', (task) => {
  const rows = makeRows(3, { classes: 4, task });
  const curves = rankingCurves(rows);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(curves.map(({ auc }) => auc))).toBeCloseTo(rocAuc().compute(rows), 12);
  expect(mean(curves.map((curve) => curve.averagePrecision))).toBeCloseTo(
    averagePrecision().compute(rows),
    12,
  );
  for (const { roc, auc, precisionRecall, averagePrecision: area } of curves) {
    const trapezoids = roc.slice(1).map(([x, y], i) => ((x - roc[i]![0]) * (y + roc[i]![1])) / 2);
    expect(trapezoids.reduce((sum, part) => sum + part)).toBeCloseTo(auc, 12);
    const steps = precisionRecall.slice(1).map(([x, y], i) => (x - precisionRecall[i]![0]) * y);
    expect(steps.reduce((sum, part) => sum + part)).toBeCloseTo(area, 12);
  }
});

test('long curves are thinned out, and keep their ends', () => {
  const [curve] = rankingCurves(makeRows(4, { classes: 2, rows: 900 }), { maxPoints: 20 });
  expect(curve?.roc).toHaveLength(20);
  expect(curve?.roc[0]).toEqual([0, 0]);
  expect(curve?.roc.at(-1)).toEqual([1, 1]);
  expect(curve?.precisionRecall.at(-1)?.[0]).toBe(1);
  expect(() => rankingCurves(binary, { maxPoints: 1 })).toThrow('maxPoints');
});

test('a class without rows, or without others, has no curves', () => {
  const rows = scoreRows(
    { task: 'single-label', kind: 'probabilities', classes: ['a', 'b'], values: Float32Array.of(1, 0, 0, 1) },
    [0, 0],
  );
  expect(rankingCurves(rows)).toEqual([]);
});
