import { expect, test } from 'vitest';
import { normalCdf, normalQuantile, studentCdf, studentQuantile } from './normal.ts';

// Numbers of scipy.stats (norm, t).
test.each([
  [-8, 6.22096057427174e-16],
  [-3, 0.0013498980316300933],
  [-0.5, 0.3085375387259869],
  [0, 0.5],
  [1.5, 0.9331927987311419],
  [7, 0.9999999999987201],
])('the normal distribution at %f', (x, p) => {
  expect(Math.abs(normalCdf(x) / p - 1)).toBeLessThan(1e-12);
});

test.each([
  [1e-10, -6.361340902404056],
  [0.025, -1.9599639845400545],
  [0.3, -0.5244005127080409],
  [0.5, 0],
  [0.975, 1.959963984540054],
  [0.9999, 3.719016485455709],
])('its quantile %f', (p, x) => {
  expect(normalQuantile(p)).toBeCloseTo(x, 9);
});

test.each([
  [0.7, 1, 0.6944001122142147],
  [-1.2, 4, 0.14817569665617666],
  [2.5, 7, 0.9795038907071235],
])("Student's t at %f with %i degrees of freedom", (t, freedom, p) => {
  expect(studentCdf(t, freedom)).toBeCloseTo(p, 13);
});

test.each([
  [0.975, 1, 12.706204736174694],
  [0.975, 2, 4.302652729749462],
  [0.975, 4, 2.7764451051977934],
  [0.9, 5, 1.4758840488244815],
  [0.995, 9, 3.249835541592126],
  [0.01, 30, -2.4572615424005915],
])('its quantile %f with %i degrees of freedom', (p, freedom, t) => {
  expect(studentQuantile(p, freedom)).toBeCloseTo(t, 9);
});
