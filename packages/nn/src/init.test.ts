import { Rng } from '@podium/core';
import { expect, test } from 'vitest';
import { init } from './index.ts';

const shape = [64, 32, 3, 3];
const cases: [name: string, init: init.Initializer, mean: number, std: number, bound?: number][] = [
  ['uniform', init.uniform(-1, 3), 1, 4 / Math.sqrt(12), 3],
  ['normal', init.normal(2, 0.5), 2, 0.5],
  // fan-in 288, fan-out 576
  ['kaimingUniform', init.kaimingUniform(), 0, Math.sqrt(2 / 288), Math.sqrt(6 / 288)],
  [
    'kaimingUniform of Linear',
    init.kaimingUniform({ slope: Math.sqrt(5) }),
    0,
    1 / Math.sqrt(3 * 288),
    1 / Math.sqrt(288),
  ],
  [
    'kaimingNormal fan-out',
    init.kaimingNormal({ mode: 'fanOut', nonlinearity: 'relu' }),
    0,
    Math.sqrt(2 / 576),
  ],
  ['xavierUniform', init.xavierUniform(), 0, Math.sqrt(2 / 864), Math.sqrt(6 / 864)],
  ['xavierNormal', init.xavierNormal(2), 0, 2 * Math.sqrt(2 / 864)],
  ['truncatedNormal', init.truncatedNormal(0.02), 0, 0.02, 2],
  // A standard normal cut at 1: variance 1 - 2 phi(1) / (2 Phi(1) - 1).
  ['truncatedNormal that cuts', init.truncatedNormal(1, 0, -1, 1), 0, Math.sqrt(0.29112), 1],
  ['biasFor', init.biasFor(shape), 0, 1 / Math.sqrt(3 * 288), 1 / Math.sqrt(288)],
];

test.each(cases)('%s has the distribution of torch.nn.init', (_name, initializer, mean, std, bound) => {
  const values = initializer(shape, Rng.fromSeed('init'));
  const n = values.length;
  const average = values.reduce((sum, value) => sum + value, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / n);
  expect(Math.abs(average - mean)).toBeLessThan((4 * std) / Math.sqrt(n));
  expect(Math.abs(deviation / std - 1)).toBeLessThan(0.03);
  if (bound !== undefined) expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound + 1e-6);
  expect(initializer(shape, Rng.fromSeed('init'))).toEqual(values);
});

test('constants', () => {
  const rng = Rng.fromSeed(0);
  expect([...init.zeros([2], rng), ...init.ones([2], rng), ...init.constant(3)([1], rng)]).toEqual([
    0, 0, 1, 1, 3,
  ]);
});

test('gains are those of calculate_gain', () => {
  const gains = (['linear', 'sigmoid', 'tanh', 'relu', 'leakyRelu', 'selu'] as const).map((name) =>
    init.gain(name),
  );
  expect(gains).toEqual([1, 1, 5 / 3, Math.SQRT2, Math.sqrt(2 / 1.0001), 3 / 4]);
});

test('a bias has no fan-in', () => {
  expect(() => init.xavierNormal()([3], Rng.fromSeed(0))).toThrow(
    /are defined for weights of two or more dimensions: got \[3\]/,
  );
});
