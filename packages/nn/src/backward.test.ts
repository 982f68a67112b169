import { loadEngine, profile, withoutLeaks } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { BatchNorm2d, backward, Conv2d, Linear, Sequential } from './index.ts';

beforeAll(async () => {
  await loadEngine({ threads: 2 });
});

const x = () =>
  tf.tensor2d([
    [1, 2],
    [3, 4],
  ]);
const gradOf = (linear: Linear) => [...(linear.weight.grad?.dataSync() ?? [])];

test('fills grad, adds up until zeroGrad', () => {
  const linear = new Linear(2, 1);
  const step = () => tf.tidy(() => backward(() => tf.sum(linear.call(x()))).dataSync()[0]);
  step();
  expect(gradOf(linear)).toEqual([4, 6]);
  // The classic mistake: without zeroGrad the second step's gradient comes on top.
  step();
  expect(gradOf(linear)).toEqual([8, 12]);
  linear.zeroGrad();
  expect(linear.weight.grad).toBeNull();
  step();
  expect(gradOf(linear)).toEqual([4, 6]);
  linear.dispose();
});

test('a step leaves no tensors but the gradients', () => {
  const linear = new Linear(2, 1);
  const step = () => tf.tidy(() => void backward(() => tf.sum(linear.call(x()))));
  step();
  withoutLeaks(step);
  withoutLeaks(step);
  const before = tf.memory().numTensors;
  linear.dispose();
  expect(tf.memory().numTensors).toBe(before - 4);
});

test('gives no gradient to what the loss does not use, and to what is frozen', () => {
  const [used, unused, frozen] = [new Linear(2, 2), new Linear(2, 1), new Linear(2, 1)];
  frozen.requiresGrad_(false);
  tf.tidy(() => void backward(() => tf.sum(frozen.call(used.call(x())))));
  expect(used.weight.grad).not.toBeNull();
  expect(unused.weight.grad).toBeNull();
  expect(frozen.weight.grad).toBeNull();
  for (const linear of [used, unused, frozen]) linear.dispose();
});

test('a frozen backbone costs neither gradient kernels nor kept tensors', async () => {
  const backbone = new Sequential([new Conv2d(3, 8, 3, { padding: 1 }), new BatchNorm2d(8)]);
  const head = new Linear(8, 2);
  const images = tf.randomUniform([2, 16, 16, 3], -1, 1, 'float32', 3);
  const step = () =>
    tf.tidy(() => void backward(() => tf.mean(head.call(tf.mean(backbone.call(images), [1, 2])))));
  const gradientKernels = async () => {
    const { profile: record } = await profile(step);
    return record.events.filter(({ name }) => /Backprop|BatchNormGrad|FilterGrad/.test(name)).length;
  };
  step();
  expect(await gradientKernels()).toBeGreaterThan(0);
  backbone.zeroGrad();
  backbone.requiresGrad_(false);
  expect(await gradientKernels()).toBe(0);
  expect(backbone.parameters().every(({ grad }) => grad === null)).toBe(true);
  expect(head.weight.grad).not.toBeNull();
  tf.dispose(images);
  backbone.dispose();
  head.dispose();
});

test('nested calls and losses that are not scalars are errors', () => {
  const linear = new Linear(2, 1);
  expect(() => tf.tidy(() => void backward(() => linear.call(x())))).toThrow(/expected a scalar tensor/);
  expect(() => tf.tidy(() => void backward(() => backward(() => tf.sum(linear.call(x())))))).toThrow(
    /backward was called inside another backward/,
  );
  // And a failed pass leaves nothing behind that would disturb the next one.
  tf.tidy(() => void backward(() => tf.sum(linear.call(x()))));
  expect(gradOf(linear)).toEqual([4, 6]);
  linear.dispose();
});
