import { expect, test } from 'vitest';
import { compare, makeModels, score } from './use-metrics.ts';

test('use-metrics finds a difference that two intervals would not show', () => {
  const { first, second, labels } = makeModels();
  const [a, b] = [score(first, labels), score(second, labels)];
  expect(a.units).toBe(60);
  expect(a.low).toBeLessThan(a.estimate);
  // The intervals of the two scores overlap, that of the difference is above 0.
  expect(b.low).toBeLessThan(a.high);
  const comparison = compare(first, second.align([...second.ids].reverse()), labels);
  expect(comparison).toMatchObject({ a: a.estimate, b: b.estimate, better: 'b', withinNoise: false });
  expect(comparison.difference.low).toBeGreaterThan(0);
});
