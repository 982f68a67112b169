import { expect, test } from 'vitest';
import { portableExp, portableLog } from './portable-math.ts';

test('the logarithm agrees with the built-in one', () => {
  for (let i = 1; i <= 20_000; i++) {
    const x = i / 4000;
    expect(Math.abs(portableLog(x) - Math.log(x))).toBeLessThanOrEqual(
      1e-15 * Math.max(1, Math.abs(Math.log(x))),
    );
  }
  expect(portableLog(1)).toBe(0);
  for (const x of [2 ** -53, 1e-300, 1e300]) expect(portableLog(x)).toBeCloseTo(Math.log(x), 11);
});

test('the exponential agrees with the built-in one', () => {
  for (let i = 0; i <= 20_000; i++) {
    const x = -i / 2000;
    expect(Math.abs(portableExp(x) / Math.exp(x) - 1)).toBeLessThan(1e-15);
  }
  expect(portableExp(0)).toBe(1);
});
