import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cumulativeWeights, pickWeighted } from './weighted.ts';

const weight = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e300, noNaN: true }), fc.constant(5e-324));
const position = fc.oneof(
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  fc.constant(1 - 2 ** -53),
);

test('never picks an item of weight 0, down to the smallest weights and up to the last position', () => {
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1 }), position, (weights, u) => {
      fc.pre(weights.some((w) => w > 0));
      expect(weights[pickWeighted(cumulativeWeights(weights), u)]).toBeGreaterThan(0);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [0, 0],
  [0.24, 0],
  [0.25, 2],
  [0.99, 2],
])('position %d of weights 1, 0, 3, 0 is item %i', (u, item) => {
  expect(pickWeighted(cumulativeWeights([1, 0, 3, 0]), u)).toBe(item);
});

test.each<[string, number[], RegExp]>([
  ['negative', [1, -1], /weights\[1\]: expected a number >= 0, got -1/],
  ['NaN', [Number.NaN], /weights\[0\].*NaN/],
  ['infinite', [1, Number.POSITIVE_INFINITY], /finite sum/],
  ['all 0', [0, 0], /finite sum > 0, got 0/],
  ['none', [], /finite sum > 0, got 0/],
])('rejects weights: %s', (_, weights, message) => {
  expect(() => cumulativeWeights(weights)).toThrow(message);
});
