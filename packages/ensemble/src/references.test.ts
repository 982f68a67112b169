import { readFileSync } from 'node:fs';
import { Predictions, Rng, type Score } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { furthest } from '../test/make-members.ts';
import { accuracy, logLoss, macroF1 } from '../test/scores.ts';
import {
  diversity,
  geometricMean,
  logLossWeights,
  mean,
  powerMean,
  rankMean,
  stacking,
  temperature,
  vectorScaling,
} from './index.ts';

/** NumPy, SciPy and scikit-learn; see fixtures/references.py. */
const reference = JSON.parse(readFileSync(new URL('./fixtures/references.json', import.meta.url), 'utf8'));
const truth = Int32Array.from(reference.truth as number[]);
const classes = Array.from({ length: reference.classes }, (_, k) => `class ${k}`);
const ids = Array.from(truth, (_, row) => `row ${row}`);
const members = (reference.logits as number[][]).map(
  (values) => new Predictions({ ids, classes, kind: 'logits', values: Float32Array.from(values) }),
);
const first = members[0]!;
const rng = Rng.fromSeed(0);
const blendOf = (values: number[]) =>
  new Predictions({ ids, classes, kind: 'probabilities', values: Float32Array.from(values) });

describe('rules', () => {
  test.each([
    ['mean', mean(members, reference.weights), reference.mean],
    ['geometric mean', geometricMean(members, reference.weights), reference.geometric],
    ['power mean of 3', powerMean(members, 3, reference.weights), reference.power3],
    ['harmonic mean', powerMean(members, -1, reference.weights), reference.harmonic],
    ['rank mean', rankMean(members, reference.weights), reference.rank],
  ] as [string, Predictions, number[]][])('%s is that of SciPy', (_, ours, theirs) => {
    expect(furthest(ours.values, theirs)).toBeLessThan(1e-7);
  });
});

test.each([macroF1, accuracy, logLoss])('$name is that of scikit-learn', ({ name, score }: Score) => {
  expect(score(truth, blendOf(reference.mean))).toBeCloseTo(reference.scores[name], 6);
  // Logits are scored as their probabilities are.
  expect(score(truth, first)).toBeCloseTo(score(truth, first.softmax()), 6);
});

test("weights of lowest log loss are those of SciPy's SLSQP, or better", () => {
  const { weights } = logLossWeights().fit({ members, truth, rng });
  const loss = logLoss.score(truth, mean(members, weights));
  expect(loss).toBeLessThan(reference.logLossWeights.loss + 1e-7);
  expect(furthest(weights, reference.logLossWeights.weights)).toBeLessThan(1e-3);
});

describe.each(
  reference.stacking as { c: number; weights: number[]; bias: number[]; probabilities: number[] }[],
)('stacking at C = $c', ({ c, weights, bias, probabilities }) => {
  const method = stacking({ c, tolerance: 1e-9, maxIterations: 2000 });
  const fitted = method.fit({ members, truth, rng });

  test("has LogisticRegression's coefficients", () => {
    expect(furthest(fitted.weights, weights)).toBeLessThan(1e-5);
    expect(furthest(fitted.bias, bias)).toBeLessThan(1e-5);
  });

  test('predicts its probabilities', () => {
    expect(furthest(method.apply(fitted, members).values, probabilities)).toBeLessThan(1e-6);
  });
});

test('also for stacking with two classes', () => {
  const { c, probabilities } = reference.binary as { c: number; probabilities: number[] };
  const method = stacking({ c, tolerance: 1e-9, maxIterations: 2000 });
  const fitted = method.fit({ members, truth: truth.map((label) => label % 2), rng });
  const { values } = method.apply(fitted, members);
  // The other two classes have nothing.
  const two = values.filter((_, i) => i % 4 < 2);
  expect(furthest(two, probabilities)).toBeLessThan(1e-6);
});

test("temperatures are those of SciPy's bounded search", () => {
  const ours = members.map((member) => temperature().fit({ members: [member], truth, rng }).temperature);
  expect(furthest(ours, reference.temperatures)).toBeLessThan(1e-6);
});

test("vector scaling is that of SciPy's BFGS", () => {
  const { scale, bias } = vectorScaling({ penalty: 1e-4 }).fit({ members: [first], truth, rng });
  expect(furthest([...scale, ...bias], reference.vector)).toBeLessThan(1e-4);
});

test("error correlation is NumPy's corrcoef", () => {
  const table = diversity(members, truth, { score: accuracy });
  table.forEach(({ errorCorrelation }, m) => {
    expect(furthest(errorCorrelation, reference.errorCorrelation[m])).toBeLessThan(1e-12);
  });
});
