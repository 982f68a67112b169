import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { loadWasm } from './load.ts';

it('shares the values, which live until the last handle is disposed of', async () => {
  await loadWasm({ threads: 1 });
  const before = tf.engine().backend.numDataIds();
  const original = tf.tensor1d([1, 2, 3]);
  const clone = tf.clone(original);
  expect(tf.engine().backend.numDataIds()).toBe(before + 1);
  original.dispose();
  expect([...clone.dataSync()]).toEqual([1, 2, 3]);
  clone.dispose();
  expect(tf.engine().backend.numDataIds()).toBe(before);
});
