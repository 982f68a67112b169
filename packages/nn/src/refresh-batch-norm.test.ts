import { loadEngine } from '@podium/engine';
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
