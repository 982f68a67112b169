import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { noise, useCpu } from '../../test/wasm/both-backends.ts';
import { loadWasm } from './load.ts';

const STEPS = 20;
const CLASSES = 3;

/** A synthetic task: the class of an image is its brightest channel on average. */
function batch(step: number): { readonly images: tf.Tensor4D; readonly labels: tf.Tensor } {
  const images = noise([12, 16, 16, 3], 100 + step);
  const brightest = Array.from({ length: 12 }, (_, i) => (i + step) % CLASSES);
  const light = tf.expandDims(tf.expandDims(tf.oneHot(brightest, 3), 1), 1);
  return { images: tf.add(images, tf.mul(light, 0.3)) as tf.Tensor4D, labels: tf.oneHot(brightest, CLASSES) };
}

/** The parts of our nets: convolution, batch norm, max pooling, a strided depthwise separable block, dense layers. */
class Net {
  readonly parameters: Record<string, tf.Variable> = {};

  logits(images: tf.Tensor4D): tf.Tensor {
    const stem = tf.relu6(
      this.#norm('stem', tf.conv2d(images, this.#weight('stem', [3, 3, 3, 8]), 1, 'same')),
    );
    const pooled = tf.maxPool(stem as tf.Tensor4D, 3, 2, 'same');
    const depthwise = tf.depthwiseConv2d(pooled, this.#weight('depthwise', [3, 3, 8, 2]), 2, 'same');
    const normed = tf.relu6(this.#norm('depthwise', depthwise)) as tf.Tensor4D;
    const pointwise = tf.conv2d(normed, this.#weight('pointwise', [1, 1, 16, 12]), 1, 'valid');
    const last = this.#norm('pointwise', pointwise);
    const features = tf.mean(tf.avgPool(tf.relu(last) as tf.Tensor4D, 2, 1, 'valid'), [1, 2]) as tf.Tensor2D;
    const hidden = tf.relu(tf.matMul(features, this.#weight('hidden', [12, 64])));
    return tf.add(
      tf.matMul(hidden, this.#weight('head', [64, CLASSES])),
      this.#variable('bias', tf.zeros([CLASSES])),
    );
  }

  /** Batch norm with the statistics of the batch. */
  #norm(name: string, x: tf.Tensor): tf.Tensor {
    const channels = x.shape.slice(-1);
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    const scale = this.#variable(`${name}.scale`, tf.ones(channels)) as tf.Tensor as tf.Tensor1D;
    const offset = this.#variable(`${name}.offset`, tf.zeros(channels)) as tf.Tensor as tf.Tensor1D;
    return tf.batchNorm(x as tf.Tensor4D, mean as tf.Tensor1D, variance as tf.Tensor1D, offset, scale, 1e-5);
  }

  #weight<T extends tf.Tensor>(name: string, shape: number[]): T {
    const fanIn = tf.util.sizeFromShape(shape.slice(0, -1));
    return this.#variable(name, tf.mul(noise(shape, name.length), Math.sqrt(6 / fanIn))) as tf.Tensor as T;
  }

  #variable(name: string, initial: tf.Tensor): tf.Variable {
    this.parameters[name] ??= tf.variable(initial);
    return this.parameters[name];
  }
}

interface Run {
  readonly losses: readonly number[];
  /** Tensors and data on the backend after each step. */
  readonly held: readonly string[];
}

function train(): Run {
  const net = new Net();
  // Creates the parameters, which the optimizer needs first.
  tf.tidy(() => net.logits(batch(0).images));
  const optimizer = tf.train.adam(0.01);
  const losses: number[] = [];
  const held: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    const loss = tf.tidy(() => {
      const { images, labels } = batch(step);
      const objective = (): tf.Scalar =>
        tf.losses.softmaxCrossEntropy(labels, net.logits(images)) as tf.Scalar;
      return optimizer.minimize(objective, true)!.dataSync()[0]!;
    });
    losses.push(loss);
    held.push(`${tf.memory().numTensors} tensors, ${tf.engine().backend.numDataIds()} data`);
  }
  tf.dispose(net.parameters);
  optimizer.dispose();
  return { losses, held };
}

it('trains a small net as the JavaScript backend does, without leaks', async () => {
  await useCpu();
  const expected = train();
  await loadWasm({ threads: 2 });
  const { losses, held } = train();

  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  expect(mean(losses.slice(-3))).toBeLessThan(mean(losses.slice(0, 3)) / 2);
  for (const [i, loss] of losses.entries()) expect(Math.abs(loss - expected.losses[i]!)).toBeLessThan(1e-3);
  expect(new Set(held.slice(1)).size).toBe(1);
});
