import { loadEngine, metaTensor, onMeta } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { BatchNorm2d, Dropout, refreshBatchNorm, Sequential } from './index.ts';

test('statistics become the mean over batches, and modes stay', async () => {
  await loadEngine({ backend: 'auto', threads: 2 });
  const [norm, frozen] = [new BatchNorm2d(1), new BatchNorm2d(1)];
  frozen.frozenStatistics = true;
  const model = new Sequential([norm, new Dropout(0.5), frozen]);
  norm.momentum = 0.3;
  const batches = [0, 1, 2].map((i) => tf.tensor4d([i, i + 2, 3 * i, 5], [2, 1, 2, 1]));
  const before = tf.memory().numTensors;
  await refreshBatchNorm(model, batches, (batch) => {
    expect(norm.training).toBe(true);
    expect(frozen.training).toBe(false);
    model.call(batch);
  });
  const values = batches.map((batch) => Array.from(batch.dataSync()));
  const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const variance = (list: readonly number[]) =>
    list.reduce((sum, value) => sum + (value - mean(list)) ** 2, 0) / (list.length - 1);
  expect(norm.running_mean.toState().data[0]).toBeCloseTo(mean(values.map(mean)), 5);
  expect(norm.running_var.toState().data[0]).toBeCloseTo(mean(values.map(variance)), 4);
  expect(frozen.running_mean.toState().data[0]).toBe(0);
  expect([norm.momentum, norm.training, model.training]).toEqual([0.3, true, true]);
  // The parameters and statistics that the first pass made, and the batches.
  expect(tf.memory().numTensors).toBeLessThanOrEqual(before + 8);
  await refreshBatchNorm(model, [], () => {});
  tf.dispose(batches);
  model.dispose();
});

test('a channel of one value is rejected in training, as PyTorch does, and left out of statistics', async () => {
  await loadEngine({ backend: 'auto', threads: 2 });
  const norm = new BatchNorm2d(2);
  const one = tf.tensor4d([5, 7], [1, 1, 1, 2]);
  const two = tf.tensor4d([1, 2, 3, 6], [2, 1, 1, 2]);
  // PyTorch: Expected more than 1 value per channel when training, got input size torch.Size([1, 2, 1, 1])
  expect(() => norm.call(one)).toThrow(/several values per channel in training: .*got \[1,1,1,2\]/);
  expect(norm.num_batches_tracked.value).toBe(0);
  expect(() => tf.tidy(() => norm.call(tf.zeros([1, 1, 2, 2])))).not.toThrow();
  norm.eval();
  expect(() => tf.tidy(() => norm.call(one))).not.toThrow();
  norm.train();
  norm.frozenStatistics = true;
  expect(() => tf.tidy(() => norm.call(one))).not.toThrow();
  norm.frozenStatistics = false;
  await refreshBatchNorm(norm, [two, one], (batch) => void norm.call(batch));
  expect([...norm.running_mean.toState().data]).toEqual([2, 4]);
  await expect(refreshBatchNorm(norm, [one], (batch) => void norm.call(batch))).rejects.toThrow(
    /several values/,
  );
  // Shapes alone need no values.
  expect(onMeta(() => norm.call(metaTensor([1, 1, 1, 2]) as tf.Tensor4D).shape)).toEqual([1, 1, 1, 2]);
  tf.dispose([one, two]);
  norm.dispose();
});
