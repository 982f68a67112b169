import { expect, test } from 'vitest';
import { cosineOfDegrees, exponential, logarithm, power, sineOfDegrees } from './portable-math.ts';

const near = (got: number, wanted: number) =>
  expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(wanted)));

test('agrees with the engine that runs the test', () => {
  for (let x = -800; x <= 800; x += 7.3) {
    near(sineOfDegrees(x), Math.sin((x * Math.PI) / 180));
    near(cosineOfDegrees(x), Math.cos((x * Math.PI) / 180));
    near(exponential(x / 20), Math.exp(x / 20));
    near(logarithm(Math.exp(x / 20)), x / 20);
    near(power(Math.abs(x) / 800, 2.2), (Math.abs(x) / 800) ** 2.2);
  }
});

test('is exact where it can be', () => {
  expect([0, 90, 180, 270, 360, -90].map(sineOfDegrees)).toEqual([0, 1, 0, -1, 0, -1].map((v) => v + 0));
  expect([0, 90, 180, 270].map((d) => cosineOfDegrees(d) + 0)).toEqual([1, 0, -1, 0]);
  expect([power(0, 0), power(0, 2), power(7, 0), exponential(0), logarithm(1)]).toEqual([1, 0, 1, 1, 0]);
});
