import { quantile } from '@podium/core';
import { expect, test } from 'vitest';
import { bcaTails, expandedTails } from './interval.ts';

// Numbers of scipy.stats.bootstrap and numpy.quantile.
test("BCa's limits, as scipy.stats.bootstrap takes them", () => {
  const replicates = Float64Array.from({ length: 40 }, (_, i) => 0.1 * (i + 1) ** 1.3);
  const leftOut = Float64Array.of(4, 4.5, 5.2, 5.1, 5.05, 4.9, 5.3, 2);
  const [low, high] = bcaTails(replicates, 3, leftOut, [0.025, 0.975]);
  expect(low).toBeCloseTo(0.008160193057768725, 9);
  expect(high).toBeCloseTo(0.9060180437452303, 9);
  expect(quantile(replicates, low)).toBeCloseTo(0.1465369806148279, 9);
  expect(quantile(replicates, high)).toBeCloseTo(10.676585045226721, 9);
});

// scipy.stats.norm.cdf(-sqrt(n / (n - 1)) * scipy.stats.t.ppf(0.975, n - 1))
test.each([
  [9, 0.007224819183153953],
  [40, 0.020257536362843834],
  [1000, 0.024804305905564303],
])('quantiles of %i units move outwards', (units, tail) => {
  const [low, high] = expandedTails(0.95, units);
  expect(low).toBeCloseTo(tail, 8);
  expect(high).toBeCloseTo(1 - tail, 8);
});
