import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareNaturally } from './compare-naturally.ts';

test.each([
  ['resnet18', 'resnet101'],
  ['resnet18', 'resnet18d'],
  ['a', 'b'],
  ['b0_lite', 'b1'],
  ['a2b10', 'a10b2'],
  ['7', 'a'],
  ['Z', 'a'],
  ['x01', 'x1'],
])('%s comes before %s', (a, b) => {
  expect(compareNaturally(a, b)).toBeLessThan(0);
  expect(compareNaturally(b, a)).toBeGreaterThan(0);
});

test('is a total order: only equal names tie, and no three go in a circle', () => {
  const name = fc.stringMatching(/^[a0-9_]{0,5}$/);
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(compareNaturally(a, b) === 0).toBe(a === b);
      expect(Math.sign(compareNaturally(a, b)) + Math.sign(compareNaturally(b, a))).toBe(0);
      if (compareNaturally(a, b) < 0 && compareNaturally(b, c) < 0)
        expect(compareNaturally(a, c)).toBeLessThan(0);
    }),
    { numRuns: 5000 },
  );
});
