import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fitLogisticRegression, linearScores, oneHot } from './logistic-regression.ts';

interface Case {
  readonly name: string;
  readonly classes: number;
  readonly c: number;
  readonly features: readonly number[];
  readonly targets: readonly number[];
  readonly weights: readonly number[];
  readonly bias: readonly number[];
}
const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('./fixtures/logistic-regression.json', import.meta.url), 'utf8'),
);

describe("scikit-learn's coefficients", () => {
  test.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const model = fitLogisticRegression(
      Float64Array.from(one.features),
      Float64Array.from(one.targets),
      one.classes,
      { c: one.c, tolerance: 1e-9, maxIterations: 1000 },
    );
    const distance = (ours: Float64Array, theirs: readonly number[]) =>
      Math.max(...ours.map((value, i) => Math.abs(value - theirs[i]!)));
    expect(model.weights).toHaveLength(one.weights.length);
    expect(distance(model.weights, one.weights)).toBeLessThan(1e-6);
    expect(distance(model.bias, one.bias)).toBeLessThan(1e-6);
  });
});

test('scores are x weights + bias, row by row', () => {
  const model = { weights: Float64Array.of(1, 2, 3, 4), bias: Float64Array.of(10, 20) };
  expect([...linearScores(model, Float64Array.of(1, 0, 0, 1, 2, 2))]).toEqual([11, 22, 13, 24, 18, 32]);
  expect(linearScores(model, new Float64Array(0))).toHaveLength(0);
});

test('labels become targets, and the scores of separable rows decide for them', () => {
  expect([...oneHot([2, 0], 3)]).toEqual([0, 0, 1, 1, 0, 0]);
  const features = Float64Array.of(-2, -1, 1, 2);
  const scores = linearScores(fitLogisticRegression(features, oneHot([0, 0, 1, 1], 2), 2), features);
  expect([...scores].map(Math.sign)).toEqual([-1, -1, 1, 1]);
});
