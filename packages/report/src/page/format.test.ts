import { expect, test } from 'vitest';
import { confidenceText, count, duration, fixed, percent, plural, scoreText, signed } from './format.ts';

test.each([
  [scoreText(0.7421), '0.742'],
  [scoreText(0.7421, { low: 0.74, high: 0.745 }), '0.7421'],
  [fixed(-0.5, 1), '\u22120.5'],
  [fixed(Number.NaN, 1), '–'],
  [signed(0.01), '+0.010'],
  [signed(-0.01), '\u22120.010'],
  [signed(0.0001), '0.000'],
  [percent(0.256, 1), '25.6\u00a0%'],
  [confidenceText(0.9991), '>99\u00a0%'],
  [confidenceText(1), '100\u00a0%'],
  [confidenceText(0.5), '50\u00a0%'],
  [count(1234567), '1,234,567'],
  [count(1234.56), '1,234.6'],
  [count(12), '12'],
  [plural(1, 'image'), '1 image'],
  [plural(0, 'image'), '0 images'],
  [duration(0.04), '0.0 s'],
  [duration(59.6), '1 min'],
  [duration(200), '3 min 20 s'],
  [duration(3600), '1 h'],
  [duration(7500), '2 h 5 min'],
])('%s', (got, wanted) => {
  expect(got).toBe(wanted);
});
