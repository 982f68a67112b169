import { loadEngine } from '@podium/engine';
import { beforeAll, expect, test } from 'vitest';
import { chooseRidgeStrength, fitRidgeProbe, probeLogits } from './index.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'auto', threads: 1 });
});

/** `[rows, width]`: numbers that look drawn, the same in NumPy. */
function drawn(rows: number, width: number, step: number): Float32Array {
  return Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i * step) * ((i % width) + 1));
}

const problem = (rows: number, width: number) => ({
  features: {
    ids: Array.from({ length: rows }, (_, i) => String(i)),
    values: drawn(rows, width, 1.3),
    width,
  },
  targets: {
    targets: drawn(rows, 2, 0.7).map((value, i) => 3 * value + [10, -2][i % 2]!),
    weights: Float32Array.from({ length: rows }, (_, i) => 1 + (i % 3)),
    columns: 2,
  },
});

// Ridge(alpha=10) on StandardScaler's features, with sample_weight.
test.each([
  ['more rows than features', 12, 3, [10.132631, -1.964729, 10.362776, -1.782515]],
  ['more features than rows', 4, 6, [10.313022, 0.284534, 12.324587, 1.799499]],
])('scikit-learn agrees: %s', (_, rows, width, expected) => {
  const { features, targets } = problem(rows, width);
  const probe = fitRidgeProbe(features, [...features.ids.keys()], targets, 0.1);
  const predicted = probeLogits(probe, features, [0, 1]);
  for (const [i, value] of predicted.entries()) expect(value).toBeCloseTo(expected[i]!, 3);
});

test('the strength that predicts held-out groups best is chosen', () => {
  const { features } = problem(60, 3);
  const rows = [...features.ids.keys()];
  const weights = new Float32Array(60).fill(1);
  const of = (targets: Float32Array) =>
    chooseRidgeStrength({ features, rows, targets: { targets, weights, columns: 1 }, groups: features.ids });
  // A number that the features tell exactly wants no penalty; noise wants all of it.
  const told = of(Float32Array.from(rows, (row) => 5 * features.values[row * 3]!));
  const noise = of(Float32Array.from(rows, (row) => Math.sin(row * row * 7.31)));
  expect(told.c).toBe(1);
  expect(noise.c).toBeLessThan(0.01);
  expect(told.tried.length).toBeGreaterThan(2);
});
