import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WasmBackend } from './heap.ts';
import { loadWasm } from './load.ts';

const installed = join(
  dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json')),
  'wasm-out',
);
const child = fileURLToPath(new URL('../../test/wasm/child.ts', import.meta.url));
/**
 * Gradient of the sum of a padded 3x3 convolution of ones, summed: 2 images, 4 x 8 filters, 9x9 pixels less borders.
 */
const GRADIENT_SUM = 2 * 4 * 8 * (4 * 64 + 4 * 72 + 81);

/** Starts WebAssembly in another process, which has to end by itself. */
async function start(
  folder: string,
  threads: number,
): Promise<{ stderr: string; report: Record<string, unknown> }> {
  const options = ['--conditions=@podium/source', '--import', 'tsx', child, folder, String(threads)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, options, { timeout: 25_000 });
  return { stderr, report: JSON.parse(stdout) as Record<string, unknown> };
}

describe('loadWasm', () => {
  it('makes WebAssembly the backend, once', async () => {
    const engine = await loadWasm({ threads: 1 });
    expect(engine).toEqual({ simd: true, threads: 1 });
    expect(tf.getBackend()).toBe('wasm');
    const { backend } = tf.engine();
    expect(await loadWasm()).toBe(engine);
    expect(tf.engine().backend).toBe(backend);
  });

  it('rejects a tensor that does not fit into memory, and continues', async () => {
    await loadWasm({ threads: 1 });
    const backend = tf.engine().backend as unknown as WasmBackend;
    const held: tf.TensorInfo[] = [];
    // Memory that is not written to is only reserved, so this is free.
    const fill = (): void => {
      while (held.length < 20) held.push(backend.makeOutput([2 ** 27], 'float32'));
    };
    expect(fill).toThrow(/no room for another tensor of 536\.9 MB: expected at most 4 GB/);
    expect(held.length).toBeGreaterThan(5);
    for (const { dataId } of held) backend.disposeData(dataId);
    expect(tf.add(1, 2).dataSync()[0]).toBe(3);
  });

  it.each([0, 9, 1.5, Number.NaN])('rejects %s threads', async (threads) => {
    await expect(loadWasm({ threads })).rejects.toThrow(PodiumError);
    await expect(loadWasm({ threads })).rejects.toThrow(/threads: expected an integer from 1 to 8/);
  });
});

describe('a start in another process', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'podium-wasm-'));
    cpSync(installed, folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each([1, 2, 5])(
    'runs %d thread(s), off the network, and leaves the process as it was',
    async (threads) => {
      const { report, stderr } = await start(installed, threads);
      expect(report).toEqual({
        engine: { simd: true, threads },
        sum: GRADIENT_SUM,
        listeners: 0,
        worker: 'undefined',
      });
      expect(stderr).toBe('');
    },
  );

  it('runs one thread if the threaded build is damaged, and reports why', async () => {
    truncateSync(join(folder, 'tfjs-backend-wasm-threaded-simd.wasm'), 100_000);
    const { report } = await start(folder, 2);
    expect(report).toMatchObject({ engine: { threads: 1 }, sum: GRADIENT_SUM });
    expect(String((report.engine as Record<string, unknown>).threadsProblem)).toMatch(/WebAssembly\.compile/);
  });

  it('names a missing file', async () => {
    const file = join(folder, 'tfjs-backend-wasm-simd.wasm');
    rmSync(file);
    await expect(start(folder, 1)).rejects.toThrow(
      `${file}: a file of @tensorflow/tfjs-backend-wasm is missing`,
    );
  });

  it('reports if no build starts', async () => {
    for (const build of ['-simd', '-threaded-simd'])
      truncateSync(join(folder, `tfjs-backend-wasm${build}.wasm`), 100);
    await expect(start(folder, 2)).rejects.toThrow(/did not start the WebAssembly backend/);
  });
});
