import { expect, test } from 'vitest';
import { epochGoals, foldSeconds, planFinal } from './plan-finals.ts';

const cost = { secondsPerImage: 0.02, secondsPerEpochEnd: 1.5, predictSecondsPerImage: 0.007 };
const size = { train: 800, predicted: 500 };
const { enough, most } = epochGoals(size.train);
const plan = (seconds: number, more: { folds?: number; fixed?: number } = {}) =>
  planFinal(cost, size, { seconds, folds: 4, ...more });

test('one fold gets as many epochs as fit until they are enough, then there are more folds, then more epochs', () => {
  const one = foldSeconds(cost, size, enough);
  expect(plan(one / 2)).toMatchObject({ folds: 1 });
  expect(plan(one / 2).epochs).toBeLessThan(enough);
  expect(plan(one)).toEqual({ epochs: enough, folds: 1 });
  expect(plan(2 * one)).toEqual({ epochs: enough, folds: 2 });
  expect(plan(4 * one)).toEqual({ epochs: enough, folds: 4 });
  expect(plan(100 * one)).toEqual({ epochs: most, folds: 4 });
});

test('what is planned fits the time, and another epoch would not', () => {
  for (let seconds = 40; seconds < 2000; seconds += 37) {
    const { epochs, folds } = plan(seconds);
    expect(folds * foldSeconds(cost, size, epochs)).toBeLessThanOrEqual(seconds);
    if (epochs < most) expect(folds * foldSeconds(cost, size, epochs + 1)).toBeGreaterThan(seconds);
  }
});

test('epochs of the settings stay, and at least one fold is trained whatever the time', () => {
  expect(plan(1)).toEqual({ epochs: 1, folds: 1 });
  expect(plan(1, { fixed: 7 })).toEqual({ epochs: 7, folds: 1 });
  expect(plan(3 * foldSeconds(cost, size, 7), { fixed: 7 })).toEqual({ epochs: 7, folds: 3 });
  expect(plan(1e6, { folds: 1 })).toEqual({ epochs: most, folds: 1 });
});

test('few images take more epochs than many', () => {
  expect(epochGoals(300).enough).toBe(30);
  expect(epochGoals(1000).enough).toBe(12);
  expect(epochGoals(1e6).enough).toBe(6);
});
