import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { registerWasmGradients } from './register.ts';

afterEach(() => vi.restoreAllMocks());

it('needs the backend, completes it without a warning, and does nothing the second time', async () => {
  const warn = vi.spyOn(console, 'warn');
  expect(tf.getKernelsForBackend('wasm')).toEqual([]);
  expect(() => registerWasmGradients()).toThrow(/call loadWasm\(\)/);

  await import('@tensorflow/tfjs-backend-wasm');
  const own = tf.getKernelsForBackend('wasm');
  registerWasmGradients();
  const completed = tf.getKernelsForBackend('wasm');
  const added = completed
    .map(({ kernelName }) => kernelName)
    .filter((name) => !own.some((k) => k.kernelName === name));
  expect(added).toEqual([
    tf.Conv2DBackpropFilter,
    tf.DepthwiseConv2dNativeBackpropFilter,
    tf.DepthwiseConv2dNativeBackpropInput,
    tf.UnsortedSegmentSum,
  ]);
  const replaced = completed.filter((kernel) =>
    own.some((k) => k.kernelName === kernel.kernelName && k !== kernel),
  );
  expect(replaced.map(({ kernelName }) => kernelName).sort()).toEqual(
    [tf.BatchMatMul, tf.Conv2DBackpropInput, tf.Identity, tf.MaxPoolGrad].sort(),
  );

  registerWasmGradients();
  expect(tf.getKernelsForBackend('wasm')).toEqual(completed);
  expect(warn).not.toHaveBeenCalled();
});
