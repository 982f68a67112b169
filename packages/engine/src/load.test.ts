import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import { hasBfloat16, testBfloat16, testNative } from '../test/native.ts';
import { conv2d } from './kernels/index.ts';
import { type Engine, type EngineOptions, loadEngine } from './load.ts';
import { fasterPrecision, precision, withPrecision } from './precision.ts';
import { nativeBackend } from './state.ts';

const empty = mkdtempSync(join(tmpdir(), 'podium-load-'));
afterAll(() => rmSync(empty, { recursive: true, force: true }));

/** Calls loadEngine in another process; returns its result and standard error. */
async function inChild(
  options: EngineOptions,
  env: NodeJS.ProcessEnv = {},
): Promise<{ stderr: string; engine?: Record<string, unknown>; error?: string }> {
  const program = `
    import { loadEngine } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    try {
      const engine = await loadEngine(${JSON.stringify(options)});
      console.log(JSON.stringify({ engine }));
    } catch (error) {
      console.log(JSON.stringify({ error: error.message }));
    }`;
  const node = ['--conditions=@podium/source', '--import', 'tsx', '--input-type=module', '--eval', program];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, node, {
    env: { ...process.env, ...env },
  });
  return { ...JSON.parse(stdout), stderr };
}

describe('loadEngine', () => {
  testNative('loads TensorFlow without output on standard error', async () => {
    const { engine, stderr } = await inChild({ backend: 'tensorflow', threads: 2 });
    expect(engine).toMatchObject({ backend: 'tensorflow', threads: 2, precision: 'float32', notes: [] });
    expect(stderr).toBe('');
  });

  test('falls back to WebAssembly if TensorFlow is not available, and reports why', async () => {
    const none = {
      PODIUM_CACHE: empty,
      PODIUM_OFFLINE: '1',
      PODIUM_PYTHON: '/nonexistent/python',
      PODIUM_TENSORFLOW: '',
    };
    const { engine, stderr } = await inChild({ precision: 'auto' }, none);
    expect(engine).toMatchObject({ backend: 'wasm', precision: 'float32' });
    expect((engine as unknown as Engine).notes.join('\n')).toMatch(
      /TensorFlow could not be loaded:[\s\S]*fix: fix one of these/,
    );
    expect(stderr).toBe('');
    const named = await inChild({ backend: 'tensorflow' }, none);
    expect(named.error).toMatch(/TensorFlow could not be loaded/);
    const half = await inChild({ precision: 'bfloat16' }, none);
    expect(half.error).toMatch(
      /precision: the wasm backend computes in float32 only: expected float32\|auto, got "bfloat16"/,
    );
  });

  test('rejects unknown names, and suggests the nearest one', async () => {
    await expect(loadEngine({ backend: 'tensorflw' as 'tensorflow' })).rejects.toThrow(
      /backend: expected auto\|tensorflow\|wasm\|cpu, got "tensorflw" \(did you mean "tensorflow"\?\)/,
    );
    await expect(loadEngine({ precision: 'bfloat' as 'bfloat16' })).rejects.toThrow(
      /did you mean "bfloat16"/,
    );
    await expect(loadEngine({ threads: 0 })).rejects.toThrow(/threads: expected an integer >= 1, got 0/);
  });

  test('threads and determinism are fixed by the first call', async () => {
    await loadEngine({ backend: 'cpu', threads: 2, deterministic: true });
    await expect(loadEngine({ threads: 1 })).rejects.toThrow(
      /threads: this process has loaded its engine with another value.*expected 2, got 1/,
    );
    await expect(loadEngine({ deterministic: false })).rejects.toThrow(/fix: set it in the first call/);
  });

  testBfloat16('changes between backends and precisions', async () => {
    expect((await loadEngine({ backend: 'tensorflow', precision: 'bfloat16' })).precision).toBe('bfloat16');
    expect(precision()).toBe('bfloat16');
    const cpu = await loadEngine({ backend: 'cpu' });
    expect([cpu.backend, cpu.threads, precision(), tf.getBackend()]).toEqual(['cpu', 1, 'float32', 'cpu']);
    expect(nativeBackend()).toBeUndefined();
    // Measurements vary from run to run, so a deterministic engine makes none.
    const auto = await loadEngine({ backend: 'tensorflow', precision: 'auto' });
    expect([auto.precision, auto.measured]).toEqual(['float32', undefined]);
  });

  testNative(
    'rejects bfloat16 on a CPU without its instructions, where oneDNN would end the process',
    async () => {
      const old = { ONEDNN_MAX_CPU_ISA: 'AVX2' };
      const { error } = await inChild({ backend: 'tensorflow', precision: 'bfloat16' }, old);
      expect(error).toMatch(/precision: this CPU has no instructions for bfloat16.*fix: omit the precision/s);
      const { engine } = await inChild({ backend: 'tensorflow', precision: 'auto' }, old);
      expect(engine?.precision).toBe('float32');
    },
  );

  testNative('measures the precision on request', async () => {
    const { engine } = await inChild({ backend: 'tensorflow', precision: 'auto' });
    const { precision: chosen, measured } = engine as {
      precision: string;
      measured: Record<'float32' | 'bfloat16', number>;
    };
    expect(measured.float32).toBeGreaterThan(0);
    expect(chosen).toBe(hasBfloat16 ? fasterPrecision(measured) : 'float32');
  });
});

describe('precision', () => {
  test('bfloat16 is chosen if it is clearly faster', () => {
    expect(fasterPrecision({ float32: 10, bfloat16: 6 })).toBe('bfloat16');
    expect(fasterPrecision({ float32: 10, bfloat16: 9 })).toBe('float32');
    expect(fasterPrecision({ float32: 10, bfloat16: Number.POSITIVE_INFINITY })).toBe('float32');
  });

  testBfloat16('holds inside withPrecision and not after it', async () => {
    await loadEngine({ backend: 'tensorflow' });
    tf.tidy(() => {
      const x = tf.ones([1, 4, 4, 8]) as tf.Tensor4D;
      const weight = tf.ones([3, 3, 8, 8]) as tf.Tensor4D;
      const native = nativeBackend();
      const half = withPrecision('bfloat16', () => conv2d(x, weight));
      expect(native?.isBfloat16(half)).toBe(true);
      expect(native?.isBfloat16(conv2d(x, weight))).toBe(false);
      expect(() =>
        withPrecision('bfloat16', () => {
          throw new Error('on purpose');
        }),
      ).toThrow('on purpose');
      expect(precision()).toBe('float32');
    });
  });

  testBfloat16('a TensorFlow.js op accepts bfloat16, or gets it cast to float32', async () => {
    await loadEngine({ backend: 'tensorflow' });
    tf.tidy(() => {
      const native = nativeBackend();
      const half = withPrecision('bfloat16', () =>
        conv2d(tf.fill([1, 2, 2, 1], 3) as tf.Tensor4D, tf.fill([1, 1, 1, 1], 0.5) as tf.Tensor4D),
      );
      expect([...half.dataSync()]).toEqual([1.5, 1.5, 1.5, 1.5]);
      expect(native?.isBfloat16(tf.add(half, half))).toBe(true);
      expect(native?.isBfloat16(tf.transpose(half, [0, 2, 1, 3]))).toBe(true);
      const sine = tf.sin(half);
      expect(native?.isBfloat16(sine)).toBe(false);
      expect(sine.dataSync()[0]).toBeCloseTo(Math.sin(1.5), 6);
      expect([...tf.add(half, tf.scalar(0.001)).dataSync()][0]).toBeCloseTo(1.501, 6);
      expect(tf.mean(half).dataSync()[0]).toBe(1.5);
    });
  });
});
