import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { batchMatMul } from './batch-mat-mul.ts';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.ts';
import { conv2dBackpropInput } from './conv2d-backprop-input.ts';
import { depthwiseBackpropFilter } from './depthwise-backprop-filter.ts';
import { depthwiseBackpropInput } from './depthwise-backprop-input.ts';
import { identity } from './identity.ts';
import { maxPoolGrad } from './max-pool-grad.ts';
import { unsortedSegmentSum } from './unsorted-segment-sum.ts';

/** Kernels that the backend lacks, or that are wrong or wasteful there. */
const kernels: readonly tf.KernelConfig[] = [
  conv2dBackpropFilter,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
  identity,
  maxPoolGrad,
  unsortedSegmentSum,
];

/** Kernels that are much slower in the backend for some operands. */
const replacements: readonly (readonly [string, (original: tf.KernelConfig) => tf.KernelConfig])[] = [
  [tf.BatchMatMul, batchMatMul],
  [tf.Conv2DBackpropInput, conv2dBackpropInput],
];

/**
 * Completes TensorFlow.js's WebAssembly backend for training: adds missing gradients (convolution by filter, depthwise
 * convolution by input and by filter, gather) and replaces slow kernels. Further calls do nothing. {@link loadWasm}
 * calls it.
 *
 * @throws PodiumError `engine-wasm-not-imported` before `@tensorflow/tfjs-backend-wasm` was imported, which would
 * overwrite these kernels
 */
export function registerWasmGradients(): void {
  if (tf.getKernel(identity.kernelName, 'wasm') === identity) return;
  if (tf.getKernel(identity.kernelName, 'wasm') === undefined) {
    throw new PodiumError({
      code: 'engine-wasm-not-imported',
      message: 'the WebAssembly kernels are not registered yet',
      fix: 'call loadWasm(), or import @tensorflow/tfjs-backend-wasm first',
    });
  }
  for (const kernel of kernels) register(kernel);
  for (const [name, replace] of replacements) register(replace(tf.getKernel(name, 'wasm')));
}

function register(kernel: tf.KernelConfig): void {
  // Replacing a registered kernel prints a warning; unregistering it first does not.
  if (tf.getKernel(kernel.kernelName, 'wasm') !== undefined) tf.unregisterKernel(kernel.kernelName, 'wasm');
  tf.registerKernel(kernel);
}
