import { Rng } from '@podium/core';
import { expect, test } from 'vitest';
import { makeRows } from '../../test/make-rows.ts';
import { accuracy, bootstrap, crossValidation, f1, logLoss, type ScoredRows } from '../index.ts';

const options = { rng: Rng.fromSeed(1), resamples: 300 };
const plain = makeRows('cv', { rows: 100, groupSize: 5 });
const rows: ScoredRows = {
  ...plain,
  folds: Int32Array.from({ length: 100 }, (_, row) => Math.floor(row / 5) % 5),
};

test('folds, their mean and spread, and the pooled score', () => {
  const cv = crossValidation(rows, accuracy, options);
  expect(cv.folds.map(({ fold, rows: count }) => [fold, count])).toEqual([0, 1, 2, 3, 4].map((k) => [k, 20]));
  const scores = cv.folds.map(({ score }) => score);
  const mean = scores.reduce((sum, score) => sum + score, 0) / 5;
  const spread = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / 4);
  expect(cv.mean).toBeCloseTo(mean, 12);
  expect(cv.spread).toBeCloseTo(spread, 12);
  // t of 4 degrees of freedom; 1/5 and 1/4 as in Nadeau & Bengio.
  expect(cv.high - cv.mean).toBeCloseTo(2.7764451051977934 * spread * Math.sqrt(0.45), 9);
  expect(cv.mean - cv.low).toBeCloseTo(cv.high - cv.mean, 12);
  expect(cv.pooled).toEqual(bootstrap(rows, accuracy, options));
  // Folds of one size: a mean of means is the mean.
  expect(cv.pooled.estimate).toBeCloseTo(cv.mean, 12);
});

test('weights and other metrics', () => {
  expect(crossValidation(rows, logLoss(), options).mean).toBeCloseTo(logLoss().compute(rows), 12);
  const cv = crossValidation({ ...rows, weights: rows.weights.map((_, row) => row % 3) }, f1(), options);
  expect(cv.pooled.low).toBeLessThan(cv.pooled.high);
});

test('multi-label rows', () => {
  const many = { ...makeRows('many', { rows: 100, task: 'multi-label' }), folds: rows.folds };
  expect(crossValidation(many, f1(), options).folds).toHaveLength(5);
});

test('equal folds have spread 0', () => {
  const right = { ...rows, predicted: rows.truth };
  expect(crossValidation(right, accuracy, options)).toMatchObject({ mean: 1, spread: 0, low: 1, high: 1 });
});

test('rows without folds are rejected', () => {
  expect(() => crossValidation(plain, accuracy, options)).toThrow(
    /expected at least two folds, got none[\s\S]*withFold/,
  );
  const one = { ...plain, folds: new Int32Array(100) };
  expect(() => crossValidation(one, accuracy, options)).toThrow('at least two folds, got 1');
});

test('a fold without a score is named', () => {
  const truth = rows.truth.map((t, row) => (rows.folds?.[row] === 3 ? 0 : t));
  const undefinedThere = { ...rows, truth, predicted: truth };
  const metric = {
    ...f1(),
    prepare: (own: ScoredRows) => () => (own.truth.every((t) => t === 0) ? Number.NaN : 1),
  };
  expect(() => crossValidation(undefinedThere, metric, options)).toThrow('20 rows of fold 3');
});
