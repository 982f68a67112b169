import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Rng } from '@podium/core';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { row } from '../../test/rows.ts';
import { scanImages } from '../inspect/scan-images.ts';
import { createLoader } from '../loader/create-loader.ts';
import { deepPng } from '../testing/deep-png.ts';
import { decodeImage } from './decode-image.ts';
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

describe('all that decode whole images wait for the budget', async () => {
  const root = await mkdtemp(join(tmpdir(), 'podium-budget-'));
  afterAll(() => rm(root, { recursive: true, force: true }));
  const create = { width: 32, height: 32, channels: 3, background: '#c84' } as const;
  const drawn = sharp({ create });
  const files = {
    'a.png': await drawn.clone().png().toBuffer(),
    'plain.jpg': await drawn.clone().jpeg().toBuffer(),
    'progressive.jpg': await drawn.clone().jpeg({ progressive: true }).toBuffer(),
    'deep.png': await deepPng(new Uint16Array(32 * 32), 32, 32, 1),
    'a.ppm': Buffer.concat([Buffer.from('P6 32 32 255\n'), Buffer.alloc(32 * 32 * 3)]),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, name), bytes);
  const whole = { left: 0, top: 0, width: 8, height: 8, outWidth: 8, outHeight: 8 } as const;

  /** Whether work is done only after other threads have given back what leaves no room for 32 x 32 pixels. */
  async function waits(work: () => Promise<unknown>): Promise<boolean> {
    const claimed = PIXEL_BUDGET - 500;
    Atomics.add(sharedBudget(), 0, claimed);
    let isDone = false;
    const done = work().then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    const wasWaiting = !isDone;
    Atomics.sub(sharedBudget(), 0, claimed);
    await done;
    return wasWaiting;
  }

  test.each(Object.keys(files))('decoding and inspecting %s', async (path) => {
    const source = { kind: 'file', path } as const;
    const range = { range: [0, 1] as const };
    const decode = () => decodeImage(path === 'deep.png' ? { ...source, ...range } : source, { root });
    expect(await waits(decode)).toBe(true);
    const limits = { maxPixels: 1e8, maxBytes: 1e8, concurrency: 4 };
    expect(await waits(() => scanImages([{ root, source }], limits))).toBe(true);
    expect(sharedBudget()[0]).toBe(0);
  });

  test('a part of a JPEG counts as a part, unless the decoder holds all of it', async () => {
    const part = (path: string) => () =>
      decodeImage({ kind: 'file', path }, { root, window: { ...whole, interpolation: 'bilinear' } });
    expect(await waits(part('plain.jpg'))).toBe(false);
    expect(await waits(part('progressive.jpg'))).toBe(true);
  });

  test('threads of a loader', async () => {
    const load = async () => {
      const rows = [row('a', undefined, { image: { kind: 'file', path: 'a.png' } })];
      for await (const { ids } of createLoader({
        rows,
        root,
        batchSize: 1,
        imageSize: [32, 32],
        seed: 1,
        workers: 1,
      }))
        expect(ids).toEqual(['a']);
    };
    // A thread takes a while to start.
    const started = performance.now();
    await load();
    const usual = performance.now() - started;
    Atomics.add(sharedBudget(), 0, PIXEL_BUDGET - 500);
    const loading = load();
    let isDone = false;
    void loading.then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 3 * usual + 200));
    expect(isDone).toBe(false);
    Atomics.sub(sharedBudget(), 0, PIXEL_BUDGET - 500);
    await loading;
  });
});
