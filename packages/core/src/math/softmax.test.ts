import { expect, test } from 'vitest';
import { argmax } from './argmax.ts';
import { quantile } from './quantile.ts';
import { logSumExp, softmaxInPlace } from './softmax.ts';

test('softmax works row by row and does not overflow', () => {
  const values = softmaxInPlace(Float64Array.of(1000, 1000, 0, Math.log(3)), 2);
  expect([...values].map((value) => value.toFixed(12))).toEqual([
    '0.500000000000',
    '0.500000000000',
    '0.250000000000',
    '0.750000000000',
  ]);
  expect(softmaxInPlace(Float64Array.of(0, 2 * Math.log(3)), 2, 2)[1]).toBeCloseTo(0.75, 12);
});

test('logSumExp does not overflow', () => {
  expect(logSumExp(Float64Array.of(1000, 1000))).toBeCloseTo(1000 + Math.LN2, 12);
});

test('argmax is relative to its start, and takes the first of equals', () => {
  expect(argmax([1, 3, 3])).toBe(1);
  expect(argmax([9, 1, 2, 0], 1, 2)).toBe(1);
});

test('quantiles are those of NumPy', () => {
  expect(quantile([1, 2, 4, 8], 0.5)).toBe(3);
  expect(quantile([1, 2, 4, 8], 0.9)).toBeCloseTo(6.8, 12);
  expect(quantile([5], 0.3)).toBe(5);
});
