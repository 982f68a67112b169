import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { loadWasm } from '../../src/wasm/index.ts';

/** Values in row-major order, with a shape. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Runs `compute` on a backend, checks that it leaks neither tensors nor data, and reads its result. */
export async function runOn(
  backend: 'cpu' | 'wasm',
  compute: () => tf.Tensor | tf.Tensor[],
): Promise<Values[]> {
  if (backend === 'wasm') await loadWasm({ threads: 1 });
  else await useCpu();
  const before = counts();
  const results = tf.tidy(() => [compute()].flat());
  const read = results.map((result) => ({ shape: result.shape, values: [...result.dataSync()] }));
  tf.dispose(results);
  expect(counts(), `tensors and data left on ${backend}`).toEqual(before);
  return read;
}

/** The JavaScript backend, which advertises the native one on first use unless TensorFlow.js itself is tested. */
export async function useCpu(): Promise<void> {
  tf.env().set('IS_TEST', true);
  await tf.setBackend('cpu');
  tf.scalar(0).dispose();
  tf.env().set('IS_TEST', false);
}

function counts(): { tensors: number; data: number } {
  return { tensors: tf.memory().numTensors, data: tf.engine().backend.numDataIds() };
}

/** Expects equal results of `compute` on the WebAssembly and the JavaScript backend. */
export async function expectSame(
  compute: () => tf.Tensor | tf.Tensor[],
  tolerance: number = 1e-5,
  what: string = '',
): Promise<void> {
  const expected = await runOn('cpu', compute);
  const got = await runOn('wasm', compute);
  expectClose(got, expected, tolerance, what);
}

/** The tolerance is relative to the largest value of each tensor (or 1), as the error of float sums is. */
export function expectClose(
  got: readonly Values[],
  expected: readonly Values[],
  tolerance: number,
  what: string = '',
): void {
  expect(
    got.map(({ shape }) => shape),
    what,
  ).toEqual(expected.map(({ shape }) => shape));
  for (const [i, { values }] of expected.entries()) {
    const scale = Math.max(1, ...values.map(Math.abs));
    for (const [j, value] of values.entries()) {
      const difference = Math.abs(got[i]!.values[j]! - value);
      if (difference <= tolerance * scale) continue;
      expect.fail(`${what} result ${i}, element ${j}: expected ${value}, got ${got[i]?.values[j]}`);
    }
  }
}

/** Numbers in [-1, 1) that depend on the seed (xorshift). */
export function noise(shape: readonly number[], seed: number): tf.Tensor {
  let state = (seed + 1) * 0x9e3779b9;
  const values = Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 31 - 1;
  });
  return tf.tensor(values, [...shape]);
}
