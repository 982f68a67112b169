import { expect, test } from 'vitest';
import { linearRamp, sigmoidRamp } from './ramp.ts';

test.each([
  [0, 0.5, Math.exp(-5)],
  [0.25, 0.5, Math.exp(-1.25)],
  [0.5, 0.5, 1],
  [0.9, 0.5, 1],
  [0, 0, 1],
])('sigmoid: at %f of a run, rising for %f of it', (part, length, expected) => {
  expect(sigmoidRamp(part, length)).toBeCloseTo(expected, 12);
});

test.each([
  [0.1, 0.2, 0.6, 0],
  [0.2, 0.2, 0.6, 0],
  [0.4, 0.2, 0.6, 0.5],
  [0.6, 0.2, 0.6, 1],
  [0, 0, 0, 1],
])('linear: at %f between %f and %f', (part, from, to, expected) => {
  expect(linearRamp(part, from, to)).toBeCloseTo(expected, 12);
});
