import fc from 'fast-check';
import { expect, test } from 'vitest';
import { largestFloat32Below, smallestFloat32AtLeast } from './float32.ts';

const inRange = fc.double({ min: -1e38, max: 1e38, noNaN: true });

test('finds the float32 on either side, with none between', () => {
  fc.assert(
    fc.property(fc.oneof(inRange, fc.float({ min: -1, max: 1, noNaN: true })), (x) => {
      const below = largestFloat32Below(x);
      const above = smallestFloat32AtLeast(x);
      expect(Math.fround(below)).toBe(below);
      expect(Math.fround(above)).toBe(above);
      expect(below < x && x <= above).toBe(true);
      const middle = Math.fround((below + above) / 2);
      // Between two neighbors there is none; around a float32 there is x itself, which is `above`.
      expect(middle === below || middle === above).toBe(true);
    }),
  );
});

test.each([
  [0, -(2 ** -149), 0],
  [1, 1 - 2 ** -24, 1],
  [-1, -1 - 2 ** -23, -1],
  [0.1, 0.09999999403953552, 0.10000000149011612],
])('%d', (x, below, above) => {
  expect(largestFloat32Below(x)).toBe(below);
  expect(smallestFloat32AtLeast(x)).toBe(above);
});
