import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';
import { histogramOf } from './histogram.ts';

test('CRC-32C of the check string', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

test('a histogram counts every finite value once', () => {
  const { counts, limits, ...rest } = histogramOf([0, 1, 2, 3, Number.NaN, 3]);
  expect(rest).toEqual({ min: 0, max: 3, count: 5, sum: 9, sumSquares: 23 });
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
  expect(limits.at(-1)).toBe(3);
  expect(histogramOf([2, 2])).toMatchObject({ limits: [2], counts: [2] });
  expect(histogramOf([])).toMatchObject({ count: 0 });
});
