import { loadEngine } from '@podium/engine';
import { beforeAll, expect, test } from 'vitest';
import { ShapesNet } from './shapes-net.ts';

beforeAll(async () => {
  await loadEngine({ deterministic: true, threads: 2 });
}, 300_000);

// Takes a minute on WebAssembly.
test('the loss falls, and equal seeds give equal losses', { timeout: 300_000 }, () => {
  const lossesOf = (seed: number) => {
    const net = new ShapesNet(seed);
    return Array.from({ length: 120 }, (_, step) => net.train(step, 0.1));
  };
  const losses = lossesOf(1);
  expect(losses[0]).toBeGreaterThan(0.8);
  expect(losses.slice(-10).every((loss) => loss < 0.6)).toBe(true);
  expect(lossesOf(1)).toEqual(losses);
  expect(lossesOf(2)).not.toEqual(losses);
});
