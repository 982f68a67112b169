import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { describeNative } from '../test/native.ts';
import { valueAndGradients } from './backward.ts';
import { conv2d, matMul } from './kernels/index.ts';
import { loadEngine } from './load.ts';
import { memory, resetPeakMemory } from './memory.ts';
import { profile } from './profiler.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'tensorflow', threads: 2 });
});

let before = 0;
afterEach(() => {
  expect(tf.memory().numTensors).toBe(before);
});

describeNative('valueAndGradients', () => {
  test('computes what tf.variableGrads does', () => {
    before = tf.memory().numTensors;
    tf.tidy(() => {
      const a = tf.randomNormal([5, 4], 0, 1, 'float32', 1).variable();
      const b = tf.randomNormal([4, 4], 0, 1, 'float32', 2).variable();
      const unused = tf.ones([3]).variable();
      // Used twice, passed through, branched and added again.
      const loss = () => {
        const y = tf.matMul(a, b);
        return tf.sum(tf.mul(tf.add(y, tf.tanh(y)), tf.matMul(y, b))) as tf.Scalar;
      };
      const expected = tf.variableGrads(loss, [a, b]);
      const { value, gradients } = valueAndGradients(loss, [a, b, unused]);
      expect(value.dataSync()).toEqual(expected.value.dataSync());
      expect(gradients[0]?.dataSync()).toEqual(expected.grads[a.name]?.dataSync());
      expect(gradients[1]?.dataSync()).toEqual(expected.grads[b.name]?.dataSync());
      expect([...(gradients[2]?.dataSync() ?? [])]).toEqual([0, 0, 0]);
      tf.dispose([a, b, unused]);
    });
  });

  test('the gradient by a tensor that is the loss itself, and by one that another depends on', () => {
    before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = tf.scalar(3);
      const { value, gradients } = valueAndGradients(() => x, [x]);
      expect([value, ...gradients].map((tensor) => tensor.dataSync()[0])).toEqual([3, 1]);
      expect(x.isDisposed).toBe(false);
      const square = tf.square(x);
      const outer = valueAndGradients(() => tf.mul(square, x), [x, square]);
      expect(outer.gradients.map((tensor) => tensor.dataSync()[0])).toEqual([9, 3]);
    });
  });

  test('a frozen part runs no gradient kernels and saves nothing', async () => {
    before = tf.memory().numTensors;
    const x = tf.randomNormal([4, 32, 32, 8]) as tf.Tensor4D;
    const frozen = tf.randomNormal([3, 3, 8, 8]) as tf.Tensor4D;
    const head = tf.randomNormal([8, 2]);
    const loss = () => {
      let y = x;
      for (let i = 0; i < 6; i++) y = tf.tidy(() => tf.relu(conv2d(y, frozen, { padding: 1 })));
      return tf.sum(matMul(tf.mean(y, [1, 2]), head));
    };
    const bytes = memory().bytes;
    const { value, profile: record } = await profile(() => {
      const result = valueAndGradients(loss, [head]);
      return [result.value, ...result.gradients];
    });
    const names = record.events.map(({ name }) => name);
    expect(names.filter((name) => name === 'Conv2D')).toHaveLength(6);
    expect(names.filter((name) => /Backprop|ReluGrad/.test(name))).toEqual([]);
    const image = 4 * 32 * 32 * 8 * 4;
    resetPeakMemory();
    tf.dispose(value);
    const trained = valueAndGradients(loss, [frozen, head]);
    // Six inputs and six results of ReLU are kept when the convolutions train, none when they are frozen.
    expect(memory().peakBytes - bytes).toBeGreaterThan(9 * image);
    tf.dispose([trained.value, trained.gradients, x, frozen, head]);
  });

  test('needs less memory than tf.variableGrads on a deep chain', () => {
    before = tf.memory().numTensors;
    const x = tf.tidy(() => tf.ones([256, 256]).variable());
    const loss = () => {
      let y: tf.Tensor = x;
      for (let i = 0; i < 20; i++) y = tf.tidy(() => tf.sin(tf.mul(y, 1.01)));
      return tf.sum(y) as tf.Scalar;
    };
    resetPeakMemory();
    const start = memory().bytes;
    tf.dispose(tf.variableGrads(loss, [x]) as unknown as tf.TensorContainer);
    const theirs = memory().peakBytes - start;
    resetPeakMemory();
    tf.dispose(valueAndGradients(loss, [x]) as unknown as tf.TensorContainer);
    const ours = memory().peakBytes - start;
    expect(ours).toBeLessThan(0.8 * theirs);
    x.dispose();
  });

  test('rejects a result that is not a scalar, and a gradient inside a gradient', () => {
    before = tf.memory().numTensors;
    const x = tf.ones([2]);
    expect(() => valueAndGradients(() => tf.mul(x, 2), [x])).toThrow(
      /expected a scalar tensor, got a tensor \[2\]/,
    );
    expect(() => valueAndGradients(() => valueAndGradients(() => tf.sum(x), [x]).value, [x])).toThrow(
      PodiumError,
    );
    // Neither leaves a tape behind.
    const { value, gradients } = valueAndGradients(() => tf.sum(x), [x]);
    expect(value.dataSync()[0]).toBe(2);
    tf.dispose([value, gradients, x]);
  });

  test('names the op that has no gradient', () => {
    before = tf.memory().numTensors;
    const x = tf.ones([2, 2]);
    expect(() => valueAndGradients(() => tf.sum(tf.cumprod(x)), [x])).toThrow(/the op \w+ has no gradient/);
    x.dispose();
  });
});
