import { Predictions } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { furthest, makeMembers } from '../test/make-members.ts';
import {
  combineHeadPredictions,
  consistentHeads,
  groupAverage,
  groupConsistent,
  splitHeads,
} from './index.ts';

const MASK = ['worn', 'wrong', 'none'];
const GENDER = ['male', 'female'];
const AGE = ['young', 'middle', 'old'];

/** Heads over the same rows, seven images per person. */
function heads(seed: number): Predictions[] {
  return [MASK, GENDER, AGE].map((classes, h) => {
    const { members } = makeMembers(`${seed}/${h}`, {
      rows: 42,
      classes: classes.length,
      members: 1,
      groupSize: 7,
      folds: 2,
    });
    return new Predictions({ ...members[0]!, classes });
  });
}

test('combined classes are in the order of (mask * 2 + gender) * 3 + age, and probabilities multiply', () => {
  const [mask, gender, age] = heads(1).map((head) => head.softmax()) as [
    Predictions,
    Predictions,
    Predictions,
  ];
  const combined = combineHeadPredictions([mask, gender, age]);
  expect(combined.classes).toHaveLength(18);
  expect(combined.classes[(2 * 2 + 1) * 3 + 0]).toBe('none female young');
  for (const row of [0, 17]) {
    for (let m = 0; m < 3; m++) {
      for (let g = 0; g < 2; g++) {
        for (let a = 0; a < 3; a++) {
          const product = mask.row(row)[m]! * gender.row(row)[g]! * age.row(row)[a]!;
          expect(combined.row(row)[(m * 2 + g) * 3 + a]).toBeCloseTo(product, 6);
        }
      }
    }
  }
  expect(combined.folds).toEqual(mask.folds);
  expect(combined.groups).toEqual(mask.groups);
  expect(combineHeadPredictions([mask, gender], { classes: ['0', '1', '2', '3', '4', '5'] }).classes[5]).toBe(
    '5',
  );
});

test('splitting combined heads returns the heads', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const own = heads(seed).map((head) => head.softmax());
      const parts = splitHeads(combineHeadPredictions(own), [MASK, GENDER, AGE]);
      parts.forEach((part, h) => {
        expect(part.classes).toEqual(own[h]?.classes);
        expect(furthest(part.values, own[h]?.values ?? [])).toBeLessThan(1e-6);
      });
    }),
    { numRuns: 10, seed: 1 },
  );
});

test('heads with different row orders are aligned by id', () => {
  const [mask, gender] = heads(2) as [Predictions, Predictions];
  const mixed = gender.align([...gender.ids].reverse());
  expect(combineHeadPredictions([mask, mixed]).values).toEqual(combineHeadPredictions([mask, gender]).values);
});

describe.each(['probability', 'log-probability'] as const)('by %s', (by) => {
  test('all images of a person share gender and age, and keep their own mask', () => {
    const own = heads(3);
    const combined = combineHeadPredictions(own);
    const shared = [MASK, GENDER, AGE].map((classes, h) => ({ classes, shared: h > 0 }));
    const consistent = groupConsistent(combined, { by, heads: shared });
    const [mask, gender, age] = splitHeads(consistent, [MASK, GENDER, AGE]) as [
      Predictions,
      Predictions,
      Predictions,
    ];
    expect(furthest(mask.values, own[0]?.softmax().values ?? [])).toBeLessThan(1e-6);
    for (let row = 0; row < 42; row++) {
      const first = row - (row % 7);
      expect(furthest(gender.row(row), gender.row(first))).toBeLessThan(1e-6);
      expect(furthest(age.row(row), age.row(first))).toBeLessThan(1e-6);
    }
    const apart = consistentHeads(own, { shared: [false, true, true], by });
    expect(furthest(apart.values, consistent.values)).toBeLessThan(1e-5);
  });

  test('twice is the same as once, and groups of one row change nothing', () => {
    const [mask] = heads(4) as [Predictions];
    const once = groupAverage(mask, by);
    expect(furthest(groupAverage(once, by).values, once.values)).toBeLessThan(1e-6);
    const alone = new Predictions({ ...mask, groups: mask.ids });
    expect(furthest(groupAverage(alone, by).values, mask.softmax().values)).toBeLessThan(1e-6);
  });
});

test('by log-probability one confident image counts for more', () => {
  const rows = new Predictions({
    ids: ['a', 'b', 'c'],
    classes: GENDER,
    kind: 'probabilities',
    values: Float32Array.of(0.001, 0.999, 0.8, 0.2, 0.8, 0.2),
    groups: ['p', 'p', 'p'],
  });
  expect(groupAverage(rows).argmax()[0]).toBe(0);
  expect(groupAverage(rows, 'log-probability').argmax()[0]).toBe(1);
});

test('rejects invalid input', () => {
  const [mask, gender] = heads(5) as [Predictions, Predictions];
  const bare = new Predictions({ ...mask, groups: undefined });
  expect(() => groupAverage(bare)).toThrow(/group averages need the groups of the rows/);
  expect(() => combineHeadPredictions([])).toThrow(/nothing to combine/);
  expect(() => combineHeadPredictions([mask, gender.select(gender.ids.slice(1))])).toThrow(
    /"0.jpg" is only in member 0/,
  );
  expect(() => combineHeadPredictions([mask, new Predictions({ ...gender, task: 'multi-label' })])).toThrow(
    /head 1/,
  );
  expect(() => combineHeadPredictions([mask, gender], { classes: ['a'] })).toThrow(/6 names, got 1/);
  expect(() => combineHeadPredictions(new Array(12).fill(mask))).toThrow(/at most 10000/);
  expect(() => splitHeads(mask, [GENDER])).toThrow(/product of 3 single-label classes, got 2 = 2/);
  expect(() => consistentHeads([mask, gender], { shared: [true] })).toThrow(/one per head, 2, got 1/);
});
