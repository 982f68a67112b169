import { expect, test } from 'vitest';
import { flexMatchThresholds } from './flexmatch.ts';

const thresholds = (selected: number[], warmup: boolean, mapping: 'convex' | 'linear') =>
  Array.from(flexMatchThresholds(Int32Array.from(selected), 3, { threshold: 0.95, warmup, mapping }));

test.each([
  // No image has a confident class yet.
  [[-1, -1, -1, -1], true, 'convex', [0, 0, 0]],
  [[-1, -1, -1, -1], false, 'convex', [0, 0, 0]],
  // Four without a class outweigh the two of class 0: 2/4 and 1/4.
  [[0, 0, 1, -1, -1, -1, -1], true, 'linear', [0.95 * 0.5, 0.95 * 0.25, 0]],
  [[0, 0, 1, -1, -1, -1, -1], false, 'linear', [0.95, 0.95 * 0.5, 0]],
  // x / (2 - x): 1/2 becomes 1/3, 1/4 becomes 1/7.
  [[0, 0, 1, -1, -1, -1, -1], true, 'convex', [0.95 / 3, 0.95 / 7, 0]],
  [[0, 0, 0, 0, 1, 1, 2, -1], true, 'convex', [0.95, 0.95 / 3, 0.95 / 7]],
] as const)('thresholds of %j, warmup %s, %s', (selected, warmup, mapping, expected) => {
  const got = thresholds([...selected], warmup, mapping);
  for (const [k, value] of expected.entries()) expect(got[k]).toBeCloseTo(value, 6);
});
