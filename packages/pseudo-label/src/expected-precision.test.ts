import { Predictions, Rng } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { makeLabelInput, yesNo } from '../test/make-label-input.ts';
import { confidenceThreshold, expectedPrecision, type Precision, softLabels } from './index.ts';

const all = confidenceThreshold({ threshold: 0 });
const rng = Rng.fromSeed(1);

/** `rows` labeled rows of "yes" at 0.9, of which the first `right` are right; and one label at 0.9. */
function ask(right: number, rows: number, groups?: string[]): Precision {
  const known = new Predictions({
    ids: Array.from({ length: rows }, (_, row) => `${row}.jpg`),
    classes: ['yes', 'no'],
    values: Float32Array.from({ length: 2 * rows }, (_, i) => [0.9, 0.1][i % 2]!),
    kind: 'probabilities',
    ...(groups && { groups }),
  });
  const labelSet = all.label({ head: 'mask', teachers: [yesNo([0.9])], rng });
  const truth = Int32Array.from({ length: rows }, (_, row) => Number(row >= right));
  return expectedPrecision({ method: all, labelSet, outOfFold: { members: [known], truth } });
}

describe('the interval', () => {
  // statsmodels' proportion_confint(right, rows, method='wilson')
  test.each([
    [20, 20, 0.8388748419471806, 1],
    [50, 100, 0.4038315303659956, 0.5961684696340044],
    [18, 20, 0.6989663547715128, 0.9721335187862319],
  ])("is Wilson's where rows are independent: %i of %i", (right, rows, low, high) => {
    const precision = ask(right, rows);
    // Laplace's rule: 20 of 20 are not certain.
    expect(precision.estimate).toBeCloseTo((right + 1) / (rows + 2), 8);
    expect(precision.low).toBeCloseTo(low, 8);
    expect(precision.high).toBeCloseTo(high, 8);
    expect(precision.effectiveRows).toBeCloseTo(rows, 8);
  });

  test('is as wide as for one row per group if the rows of a group are alike', () => {
    const groups = Array.from({ length: 100 }, (_, row) => `g${Math.floor(row / 5)}`);
    const alike = ask(80, 100, groups);
    // 20 groups, and what 20 groups leave open.
    const open = (1.9599639845400545 / 2.093024054408263) ** 2;
    expect(alike.effectiveRows).toBeCloseTo(20 * open, 0);
    expect(alike.high - alike.low).toBeGreaterThan(1.9 * (ask(80, 100).high - ask(80, 100).low));
    // All right: nothing tells how alike they are.
    expect(ask(100, 100, groups).effectiveRows).toBeCloseTo(20 * open, 3);
  });

  test('is hardly wider if they are independent', () => {
    const groups = Array.from({ length: 100 }, (_, row) => `g${row % 20}`);
    expect(ask(80, 100, groups).effectiveRows).toBeGreaterThan(85);
  });
});

test('compares labeled rows with the same confidence as the labels', () => {
  // Sure rows are right, unsure ones are right half the time; the labels are all unsure.
  const known = yesNo([0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95]);
  const truth = Int32Array.of(0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0);
  const measure = (...sure: number[]) =>
    expectedPrecision({
      method: all,
      labelSet: all.label({ head: 'mask', teachers: [yesNo(sure)], rng }),
      outOfFold: { members: [known], truth },
    });
  expect(measure(0.6, 0.6).estimate).toBeCloseTo(0.5, 12);
  expect(measure(0.95)).toMatchObject({ estimate: expect.closeTo(7 / 8, 12), high: 1, rows: 6 });
  const mixed = measure(0.6, 0.96, 0.97, 0.99);
  // One label in four is half right, the others are right.
  expect(mixed.estimate).toBeCloseTo((0.875 * mixed.effectiveRows + 1) / (mixed.effectiveRows + 2), 12);
});

test('predicts how many labels are right, class by class', () => {
  const method = confidenceThreshold({ threshold: 0.8 });
  let inside = 0;
  for (let seed = 0; seed < 40; seed++) {
    const { input, truth } = makeLabelInput(seed, { rows: 2000, labeled: 600, skill: 1.5 });
    const labelSet = method.label(input);
    const precision = expectedPrecision({ method, labelSet, outOfFold: input.outOfFold });
    const [first] = input.teachers as [Predictions];
    const right = labelSet.labels.filter(
      ({ id, label }) => truth[first.indexOf(id)!] === first.classes.indexOf(label),
    ).length;
    const share = right / labelSet.labels.length;
    inside += Number(share >= precision.low && share <= precision.high);
    expect(precision.labels).toBe(labelSet.labels.length);
    expect(precision.classes.map(({ name }) => name)).toEqual(first.classes);
  }
  // 38 of 40 on average; 34 or fewer would happen once in 30 with honest intervals.
  expect(inside).toBeGreaterThanOrEqual(35);
});

test('has its nominal coverage if the rows of a group are alike', () => {
  let inside = 0;
  for (let seed = 0; seed < 80; seed++) {
    const own = Rng.fromSeed(seed);
    const groups = Array.from({ length: 200 }, (_, row) => `g${Math.floor(row / 5)}`);
    const fate = Array.from({ length: 40 }, () => own.bool(0.9));
    const truth = Int32Array.from(groups, (_, row) =>
      Number(own.bool(0.8) ? !fate[Math.floor(row / 5)] : own.bool(0.1)),
    );
    const known = yesNo(
      groups.map(() => 0.7 + 0.3 * own.float()),
      { groups },
    );
    const labelSet = all.label({ head: 'mask', teachers: [yesNo([0.75, 0.8, 0.9, 0.99])], rng });
    const { low, high } = expectedPrecision({
      method: all,
      labelSet,
      outOfFold: { members: [known], truth },
    });
    inside += Number(low <= 0.9 && high >= 0.9);
  }
  // 76 of 80 on average, 70 or fewer once in 80 times; without regard to groups it is 67.
  expect(inside).toBeGreaterThanOrEqual(71);
});

test('handles unknown precision and empty label sets', () => {
  const outOfFold = { members: [yesNo([0.9, 0.8])], truth: Int32Array.of(0, 0) };
  const of = (...sure: number[]) => all.label({ head: 'mask', teachers: [yesNo(sure)], rng });
  const surer = expectedPrecision({ method: all, labelSet: of(0.99), outOfFold });
  expect(surer).toMatchObject({ estimate: undefined, low: 0, high: 1, labels: 1, rows: 0 });
  expect(expectedPrecision({ method: all, labelSet: of(), outOfFold })).toMatchObject({ labels: 0 });
  // "no" has no row like it: the whole is about "yes".
  const mixed = expectedPrecision({ method: all, labelSet: of(0.85, 0.1), outOfFold });
  expect(mixed.classes.map(({ estimate }) => estimate)).toEqual([2 / 3, undefined]);
  expect(mixed.estimate).toBe(2 / 3);
});

test('rejects invalid options', () => {
  const outOfFold = { members: [yesNo([0.9])], truth: Int32Array.of(0) };
  const labelSet = all.label({ head: 'mask', teachers: [yesNo([0.9])], rng });
  const ask = (options: { confidence?: number; bins?: number }) =>
    expectedPrecision({ method: all, labelSet, outOfFold, ...options });
  expect(() => ask({ confidence: 95 })).toThrow(/confidence: expected a number from 0.01 to 0.9999, got 95/);
  expect(() => ask({ bins: 1.5 })).toThrow(/bins: expected an integer from 1 to 10000, got 1.5/);
});

test('works for soft labels', () => {
  const { input } = makeLabelInput(2);
  const method = softLabels();
  const precision = expectedPrecision({
    method,
    labelSet: method.label(input),
    outOfFold: input.outOfFold,
  });
  expect(precision.estimate).toBeGreaterThan(0.7);
});
