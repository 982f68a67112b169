import { Rng } from '@podium/core';
import { expect, test } from 'vitest';
import { makeRows } from '../../test/make-rows.ts';
import { accuracy, bootstrap, compareModels, logLoss, type ScoredRows, scoreRows } from '../index.ts';

const options = { rng: Rng.fromSeed(1), resamples: 500 };
const a = makeRows('a', { rows: 300, skill: 1, groupSize: 3 });

/** The same rows by a model that is right in some more. */
function better(rows: ScoredRows, share: number): ScoredRows {
  const width = rows.classes.length;
  const rng = Rng.fromSeed('better');
  const values = Float64Array.from(rows.probabilities);
  rows.truth.forEach((t, row) => {
    if (!rng.bool(share)) return;
    for (let k = 0; k < width; k++) values[row * width + k] = k === t ? 0.9 : 0.1 / (width - 1);
  });
  return scoreRows({ ...rows, kind: 'probabilities', values }, rows.truth);
}

test('a model is within noise of itself', () => {
  const result = compareModels(a, a, accuracy, options);
  expect(result).toMatchObject({ withinNoise: true, better: undefined, winsOfB: 0.5 });
  expect([result.difference.low, result.difference.estimate, result.difference.high]).toEqual([0, 0, 0]);
});

test('a gain is found that two intervals would not show', () => {
  const b = better(a, 0.12);
  const result = compareModels(a, b, accuracy, options);
  expect(result).toMatchObject({
    a: accuracy.compute(a),
    b: accuracy.compute(b),
    withinNoise: false,
    better: 'b',
  });
  expect(result.difference.estimate).toBeCloseTo(result.b - result.a, 12);
  expect(result.winsOfB).toBeGreaterThan(0.99);
  expect(bootstrap(a, accuracy, options).high).toBeGreaterThan(bootstrap(b, accuracy, options).low);
});

test("respects the metric's direction", () => {
  const b = better(a, 0.3);
  expect(compareModels(a, b, logLoss(), options)).toMatchObject({ better: 'b' });
  const turned = compareModels(b, a, logLoss(), options);
  expect(turned.better).toBe('a');
  expect(turned.winsOfB).toBeLessThan(0.01);
});

test('two draws of the same model are within noise', () => {
  const [one, two] = ['one', 'two'].map((name) => {
    const other = makeRows(name, { rows: 300, skill: 1 });
    return scoreRows({ ...a, kind: 'probabilities', values: other.probabilities }, other.truth);
  }) as [ScoredRows, ScoredRows];
  const sameTruth = scoreRows({ ...two, kind: 'probabilities', values: two.probabilities }, one.truth);
  expect(compareModels(one, one, accuracy, options).withinNoise).toBe(true);
  expect(compareModels(sameTruth, one, accuracy, options).better).toBe('b');
});

test.each<[string, ScoredRows, string]>([
  ['classes', makeRows('a', { classes: 4 }), 'the classes: expected class 0|class 1|class 2, got '],
  ['rows', makeRows('a'), 'the number of rows: expected 300, got 60'],
  ['ids', { ...a, ids: a.ids?.toReversed() }, 'the ids of row 0 ("0.jpg"): expected 0.jpg, got 299.jpg'],
  ['truth', { ...a, truth: a.truth.map((t) => (t + 1) % 3) }, 'the truth of row 0 ("0.jpg")'],
  ['groups', { ...a, groups: undefined }, 'the groups of row 0 ("0.jpg"): expected g0, got undefined'],
  ['task', makeRows('a', { task: 'multi-label' }), 'the tasks: expected single-label, got multi-label'],
])('models with other %s cannot be compared', (_, b, message) => {
  expect(() => compareModels(a, b, accuracy, options)).toThrow(message);
});
