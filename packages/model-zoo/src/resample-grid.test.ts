import { expect, test } from 'vitest';
import resampled from './fixtures/resampled.json' with { type: 'json' };
import { cubicWeights, linearWeights, resampleGrid } from './resample-grid.ts';

/** What the fixture's numbers were made of, by PyTorch. */
const wave = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + 0.3));

test.each(resampled.bicubic)('$from to $to as PyTorch, bicubic with antialiasing', ({ from, to, values }) => {
  const [rows, columns] = from as [number, number];
  const grid = { rows, columns, channels: 2, values: wave(rows * columns * 2) };
  const { values: ours, ...size } = resampleGrid(
    grid,
    cubicWeights(rows, to[0]!),
    cubicWeights(columns, to[1]!),
  );
  expect(size).toEqual({ rows: to[0], columns: to[1], channels: 2 });
  expect(ours).toHaveLength(values.length);
  for (const [i, value] of ours.entries()) expect(value).toBeCloseTo(values[i]!, 5);
});

test('the same size keeps every value', () => {
  const grid = { rows: 3, columns: 4, channels: 5, values: wave(60) };
  expect(resampleGrid(grid, cubicWeights(3, 3), cubicWeights(4, 4)).values).toEqual(grid.values);
});

test('linear weights keep the end values beyond the ends', () => {
  const { first, weights } = linearWeights([-2, 0, 1], [-3, -2, -0.5, 0, 0.25, 1, 4]);
  const values = [10, 20, 40];
  const mixed = weights.map((row, i) =>
    row.reduce((sum, weight, j) => sum + weight * values[first[i]! + j]!, 0),
  );
  expect(mixed).toEqual([10, 10, 17.5, 20, 25, 40, 40]);
});
