import { Predictions } from '@podium/core';
import { expect, test } from 'vitest';
import { yesNo } from '../test/make-label-input.ts';
import { type CompareScores, type Keep, verdict } from './index.ts';

const truth = Int32Array.of(0, 0, 1, 1);
const baseline = yesNo([0.9, 0.4, 0.3, 0.6]);
const student = yesNo([0.9, 0.8, 0.3, 0.2]);
const macroF1 = { name: 'macro F1', direction: 'higher' } as const;
const found =
  (estimate: number, low: number, high: number): CompareScores =>
  (_, __, ___, label) =>
    label === 1 ? undefined : { a: 0.8, b: 0.8 + estimate, difference: { estimate, low, high } };

test.each([
  [0.018, 0.004, 0.031, 'if-better', '+1.8 macro F1, 95 % [0.4, 3.1]: kept', true],
  [0.018, -0.004, 0.031, 'if-better', '+1.8 macro F1, 95 % [-0.4, 3.1]: within noise, not used', false],
  [-0.02, -0.03, -0.01, 'if-better', '-2.0 macro F1, 95 % [-3.0, -1.0]: worse, not used', false],
  [-0.0001, -0.01, 0.01, 'always', '+0.0 macro F1, 95 % [-1.0, 1.0]: within noise, kept, as asked', true],
  [-0.02, -0.03, -0.01, 'always', '-2.0 macro F1, 95 % [-3.0, -1.0]: kept, as asked', true],
  [0.018, 0.004, 0.031, 'never', '+1.8 macro F1, 95 % [0.4, 3.1]: not used, as asked', false],
] as const)('a gain of %d in [%d, %d], %s: %s', (estimate, low, high, keep: Keep, sentence, kept) => {
  const compare = found(estimate, low, high);
  const result = verdict({ baseline, student, truth, compare, metric: macroF1, keep });
  expect(result).toMatchObject({ sentence, kept, keep, baseline: 0.8, gain: { estimate, low, high } });
  expect(result.classes).toEqual([
    { name: 'yes', gain: { estimate, low, high } },
    { name: 'no', gain: undefined },
  ]);
});

test('a lower loss is a gain, shown without percent', () => {
  const metric = { name: 'log loss', direction: 'lower', percent: false } as const;
  const compare = found(-0.052, -0.08, -0.01);
  const result = verdict({ baseline, student, truth, compare, metric, confidence: 0.9 });
  expect(result.sentence).toBe('+0.052 log loss, 90 % [0.010, 0.080]: kept');
  expect(result.gain.estimate).toBe(0.052);
});

test('both are compared on the same rows and columns, whatever their order', () => {
  const turned = student.select([...student.ids].reverse()).alignClasses(['no', 'yes']);
  let asked = 0;
  verdict({
    baseline,
    student: turned,
    truth,
    metric: macroF1,
    compare: (a, b) => {
      asked++;
      expect(a).toBe(baseline);
      expect(b.ids).toEqual(baseline.ids);
      expect(b.values).toEqual(student.values);
      return found(0, 0, 0)(a, b, truth, undefined);
    },
  });
  expect(asked).toBe(3);
});

test('rejects models that were not validated alike', () => {
  const ask = (other: Predictions, rows = truth) =>
    verdict({
      baseline: baseline.withFold(1),
      student: other,
      truth: rows,
      compare: found(0, 0, 0),
      metric: macroF1,
    });
  expect(() => ask(student)).toThrow(/the fold of row "a.jpg": expected 1, got no fold/);
  expect(() => ask(student.withFold(2))).toThrow(/expected 1, got 2/);
  expect(() => ask(student.select(['a.jpg', 'b.jpg', 'c.jpg']))).toThrow(
    /only one of the two models predicted "d.jpg"/,
  );
  const other = new Predictions({ ...student, classes: ['yes', 'maybe'] });
  expect(() => ask(other)).toThrow(/the two models have different classes: expected yes\|no, got yes\|maybe/);
  expect(() => ask(student, truth.subarray(1))).toThrow(/one class index per row, 4, got 3/);
  expect(() => verdict({ baseline, student, truth, compare: () => undefined, metric: macroF1 })).toThrow(
    /macro F1 is undefined for these rows/,
  );
});
