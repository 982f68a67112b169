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

test('as many positions of another shape are resampled, as timm does', () => {
  const positions = wave(1, 1 + 16, 2);
  const { shape, data } = resizePositions(positions, [2, 8], 1);
  expect(shape).toEqual([1, 17, 2]);
  // torch.nn.functional.interpolate(mode='bicubic', antialias=True) of the 4 x 4 grid
  expectClose(
    data,
    [
      0.29552, 0.909297, -0.921262, -0.221553, -0.437029, -0.172608, 0.589294, -0.069041, 0.570146, 0.066313,
      -0.566637, 0.226172, -0.588963, 0.09665, 0.431422, -0.294733, 0.912852, -0.479473, -0.097892, 0.982655,
      -0.112281, 0.49178, -0.142945, -0.548553, -0.008472, -0.581262, 0.293294, 0.466802, 0.169831, 0.537749,
      -0.342817, -0.308893, -0.584769, -0.708319,
    ],
  );
  // A table of 3 x 3 biases has as many as one of 1 x 9: those of the middle row, constant beyond its ends.
  const table = wave(9, 1);
  const row = Array.from(resizeRelativePositions(table, [1, 5]).data as Float32Array);
  const [left, middle, right] = [3, 4, 5].map((i) => table.data[i]!) as [number, number, number];
  expectClose(row, [left, left, left, left, middle, right, right, right, right]);
});

test('what fits, or is no square, stays as it is', () => {
  const positions = wave(1, 10, 2);
  expect(resizePositions(positions, [3, 3], 1)).toBe(positions);
  expect(resizePositions(positions, [2, 2], 0)).toBe(positions);
  const table = wave(25, 2);
  expect(resizeRelativePositions(table, [3, 3])).toBe(table);
  expect(resizeRelativePositions(wave(24, 2), [2, 2]).shape).toEqual([24, 2]);
});
