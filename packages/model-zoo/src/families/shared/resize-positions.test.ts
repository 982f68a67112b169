import { expect, test } from 'vitest';
import resampled from '../../fixtures/resampled.json' with { type: 'json' };
import { resizePositions, resizeRelativePositions } from './resize-positions.ts';

const wave = (...shape: number[]) => {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + 0.3));
  return { dtype: 'float32', shape, data } as const;
};

function expectClose(data: ArrayLike<number | bigint>, values: readonly number[]): void {
  expect(data).toHaveLength(values.length);
  for (const [i, value] of values.entries()) expect(Number(data[i])).toBeCloseTo(value, 4);
}

test('position embeddings as timm resizes them, class tokens kept', () => {
  const positions = wave(1, 2 + 9, 3);
  const { shape, data } = resizePositions(positions, [2, 5], 2);
  expect(shape).toEqual([1, 12, 3]);
  expectClose(data, resampled.positions.values);
  expect(Array.from(data as Float32Array).slice(0, 6)).toEqual(Array.from(positions.data).slice(0, 6));
});

test.each(resampled.relative)(
  'biases of windows of $from for windows of $to as timm',
  ({ from, to, values }) => {
    const { shape, data } = resizeRelativePositions(wave((2 * from - 1) ** 2, 2), to as [number, number]);
    expect(shape).toEqual([values.length / 2, 2]);
    expectClose(data, values);
  },
);

test('what fits, or is no square, stays as it is', () => {
  const positions = wave(1, 10, 2);
  expect(resizePositions(positions, [3, 3], 1)).toBe(positions);
  expect(resizePositions(positions, [2, 2], 0)).toBe(positions);
  const table = wave(25, 2);
  expect(resizeRelativePositions(table, [3, 3])).toBe(table);
  expect(resizeRelativePositions(wave(24, 2), [2, 2]).shape).toEqual([24, 2]);
});
