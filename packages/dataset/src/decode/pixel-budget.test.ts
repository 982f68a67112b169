import { Worker } from 'node:worker_threads';
import { Rng } from '@podium/core';
import { expect, test } from 'vitest';
import { PIXEL_BUDGET, sharedBudget, withPixels } from './pixel-budget.ts';

const tick = () => new Promise((resolve) => setTimeout(resolve, 1));

test('images are decoded at once as far as the budget goes, and everything is given back', async () => {
  const rng = Rng.fromSeed('budget');
  let [now, most, done] = [0, 0, 0];
  await Promise.all(
    Array.from({ length: 60 }, async () => {
      const pixels = rng.int(PIXEL_BUDGET);
      await withPixels(pixels, async () => {
        now += pixels;
        most = Math.max(most, now);
        await tick();
        now -= pixels;
        done++;
      });
    }),
  );
  expect(done).toBe(60);
  expect(most).toBeLessThanOrEqual(PIXEL_BUDGET);
  expect(most).toBeGreaterThan(PIXEL_BUDGET / 2);
  expect(sharedBudget()[0]).toBe(0);
});

test('an image larger than the budget is decoded alone, and a failure gives its pixels back', async () => {
  const log: string[] = [];
  const decode = (name: string, pixels: number) =>
    withPixels(pixels, async () => {
      log.push(`${name} begins`);
      await tick();
      log.push(`${name} ends`);
      if (name === 'broken') throw new Error('damaged');
    });
  const results = await Promise.allSettled([
    decode('broken', 10 * PIXEL_BUDGET),
    decode('huge', 2 * PIXEL_BUDGET),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(log).toEqual(['broken begins', 'broken ends', 'huge begins', 'huge ends']);
  expect(sharedBudget()[0]).toBe(0);
});

test('threads share one budget', async () => {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    Atomics.add(workerData, 0, ${PIXEL_BUDGET - 5});
    parentPort.postMessage('claimed');
    setTimeout(() => Atomics.sub(workerData, 0, ${PIXEL_BUDGET - 5}), 60);`;
  const worker = new Worker(code, { eval: true, workerData: sharedBudget() });
  await new Promise((resolve) => worker.once('message', resolve));
  let isDone = false;
  const large = withPixels(PIXEL_BUDGET, async () => {
    isDone = true;
  });
  await withPixels(5, async () => {});
  expect(isDone).toBe(false);
  await large;
  expect(isDone).toBe(true);
});
