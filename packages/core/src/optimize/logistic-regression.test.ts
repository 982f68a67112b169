import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fitLogisticRegression, linearProbabilities, linearScores, oneHot } from './logistic-regression.ts';

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
const distance = (ours: ArrayLike<number>, theirs: ArrayLike<number>) =>
  Math.max(...Array.from(ours, (value, i) => Math.abs(value - theirs[i]!)));

describe("scikit-learn's coefficients", () => {
  test.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const [features, targets] = [Float64Array.from(one.features), Float64Array.from(one.targets)];
    const options = { c: one.c, tolerance: 1e-9, maxIterations: 1000 };
    const model = fitLogisticRegression(features, targets, one.classes, {
      ...options,
      logOdds: one.classes === 2,
    });
    expect(model.weights).toHaveLength(one.weights.length);
    expect(distance(model.weights, one.weights)).toBeLessThan(1e-6);
    expect(distance(model.bias, one.bias)).toBeLessThan(1e-6);
    if (one.classes > 2) return;
    const { weights, bias } = fitLogisticRegression(features, targets, 2, options);
    const inputs = weights.length / 2;
    const difference = model.weights.map((_weight, f) => weights[inputs + f]! - weights[f]!);
    expect(distance(difference, one.weights)).toBeLessThan(1e-6);
    expect(bias[1]! - bias[0]!).toBeCloseTo(one.bias[0]!, 6);
  });
});

test('scores are x weights^T + bias, row by row, and probabilities their softmax', () => {
  const model = { weights: Float64Array.of(1, 3, 2, 4), bias: Float64Array.of(10, 20) };
  expect([...linearScores(model, Float64Array.of(1, 0, 0, 1, 2, 2))]).toEqual([11, 22, 13, 24, 18, 32]);
  expect(linearScores(model, new Float64Array(0))).toHaveLength(0);
  const [first, second] = linearProbabilities(model, Float64Array.of(-10, 0));
  expect(first).toBeCloseTo(0.5, 12);
  expect(second).toBeCloseTo(0.5, 12);
});

test('labels become targets', () => {
  expect([...oneHot([2, 0], 3)]).toEqual([0, 0, 1, 1, 0, 0]);
});
