import { loadEngine } from '@podium/engine';
import { beforeAll, expect, test } from 'vitest';
import { ShapesDemo } from './shapes.ts';

beforeAll(async () => {
  await loadEngine({ deterministic: true, threads: 2 });
}, 300_000);

// WebAssembly takes a minute for it.
test('it learns, and equal seeds learn equally', { timeout: 300_000 }, () => {
  const learn = (seed: number) => {
    const net = new ShapesDemo(seed);
    return Array.from({ length: 120 }, (_, step) => net.train(step, 0.1));
  };
  const losses = learn(1);
  expect(losses[0]).toBeGreaterThan(0.8);
  expect(losses.slice(-10).every((loss) => loss < 0.6)).toBe(true);
  expect(learn(1)).toEqual(losses);
  expect(learn(2)).not.toEqual(losses);
});
