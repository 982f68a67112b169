import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import { expectSame, noise } from '../../test/wasm/both-backends.ts';

type Op = (x: tf.Tensor) => tf.Tensor;

const image = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const labels = (): tf.Tensor => tf.softmax(noise([6, 5], 9));

/** Ops of image models, each on an input of the shape given. */
const OPS: readonly (readonly [name: string, shape: readonly number[], op: Op])[] = [
  ['add with broadcasting', [4, 5], (x) => tf.add(x, noise([5], 1))],
  ['average pooling', [2, 7, 6, 3], (x) => tf.avgPool(image(x), [3, 2], [2, 2], 'same')],
  ['average pooling, explicit padding', [2, 7, 6, 3], (x) => tf.avgPool(image(x), 3, 2, 1, 'floor')],
  ['batch normalization, evaluation', [2, 4, 4, 3], (x) => evaluationBatchNorm(x)],
  ['batch normalization, training', [4, 4, 4, 3], (x) => trainingBatchNorm(x)],
  // Square, because the JavaScript kernel swaps height and width.
  ['bilinear resize', [2, 5, 5, 3], (x) => tf.image.resizeBilinear(image(x), [9, 9])],
  ['clip', [4, 6], (x) => tf.clipByValue(x, -0.5, 0.4)],
  ['concatenation', [2, 3, 3, 4], (x) => tf.concat([x, noise([2, 3, 3, 2], 3), x], 3)],
  ['convolution', [2, 6, 6, 3], (x) => tf.conv2d(image(x), noise([3, 3, 3, 4], 2) as tf.Tensor4D, 1, 'same')],
  [
    'depthwise convolution',
    [2, 6, 6, 3],
    (x) => tf.depthwiseConv2d(image(x), noise([3, 3, 3, 2], 2) as tf.Tensor4D, 2, 1),
  ],
  ['division', [4, 5], (x) => tf.div(x, tf.add(noise([4, 1], 2), 2))],
  ['dropout by a mask', [4, 5], (x) => tf.mul(x, tf.cast(tf.greater(noise([4, 5], 5), 0), 'float32'))],
  ['ELU', [4, 6], (x) => tf.elu(x)],
  ['error function (GELU)', [4, 6], (x) => tf.mul(x, tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))],
  ['exponential', [4, 6], (x) => tf.exp(x)],
  ['gather', [7, 3], (x) => tf.gather(x, tf.tensor1d([6, 0, 3, 0, 1], 'int32'))],
  ['gather by columns', [3, 7], (x) => tf.gather(x, tf.tensor1d([6, 0, 3, 0, 1], 'int32'), 1)],
  ['layer normalization', [3, 5, 8], (x) => layerNorm(x)],
  ['leaky ReLU', [4, 6], (x) => tf.leakyRelu(x, 0.1)],
  ['log softmax', [4, 6], (x) => tf.logSoftmax(x)],
  ['matrix product', [40, 30], (x) => tf.matMul(x, noise([30, 35], 4))],
  ['matrix products in a batch', [6, 20, 30], (x) => tf.matMul(x, noise([6, 25, 30], 4), false, true)],
  ['maximum', [4, 6], (x) => tf.maximum(x, noise([4, 6], 6))],
  ['maximum along an axis', [4, 6], (x) => tf.max(x, 1)],
  ['max pooling', [2, 7, 6, 3], (x) => tf.maxPool(image(x), 3, 2, 'same')],
  ['max pooling, explicit padding', [2, 7, 6, 3], (x) => tf.maxPool(image(x), 3, 2, 1, 'floor')],
  ['mean (global pooling)', [2, 5, 4, 3], (x) => tf.mean(x, [1, 2])],
  [
    'mirror padding',
    [2, 5, 4, 3],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 2],
          [2, 1],
          [0, 0],
        ],
        'reflect',
      ),
  ],
  // One image, because the JavaScript kernel gives all images the gradient of the first.
  ['nearest-neighbor resize', [1, 5, 6, 3], (x) => tf.image.resizeNearestNeighbor(image(x), [10, 12])],
  ['one-hot loss', [6, 5], (x) => tf.losses.softmaxCrossEntropy(labels(), x)],
  [
    'padding',
    [2, 5, 4, 3],
    (x) =>
      tf.pad(x, [
        [0, 0],
        [1, 2],
        [2, 0],
        [0, 0],
      ]),
  ],
  ['power', [4, 6], (x) => tf.pow(tf.add(x, 2), 1.7)],
  ['PReLU', [4, 6], (x) => tf.prelu(x, noise([6], 3))],
  ['product', [4, 6], (x) => tf.mul(x, noise([4, 1], 2))],
  ['ReLU', [4, 6], (x) => tf.relu(x)],
  ['ReLU6', [4, 6], (x) => tf.relu6(tf.mul(x, 10))],
  ['reshape', [4, 6], (x) => tf.reshape(x, [3, 8])],
  ['reverse square root', [4, 6], (x) => tf.rsqrt(tf.add(x, 2))],
  ['reversal', [2, 4, 6], (x) => tf.reverse(x, 1)],
  ['selection', [4, 6], (x) => tf.where(tf.greater(noise([4, 6], 5), 0), x, tf.mul(x, 3))],
  ['sigmoid', [4, 6], (x) => tf.sigmoid(x)],
  ['slice', [3, 5, 6, 2], (x) => tf.slice(x, [0, 1, 2, 0], [3, 3, 2, 2])],
  ['softmax', [4, 6], (x) => tf.softmax(x)],
  ['softplus', [4, 6], (x) => tf.softplus(x)],
  ['split', [2, 3, 6], (x) => tf.stack(tf.split(x, 3, 2))],
  ['square root', [4, 6], (x) => tf.sqrt(tf.add(x, 2))],
  ['sum', [3, 4, 5], (x) => tf.sum(x, [0, 2])],
  ['tanh', [4, 6], (x) => tf.tanh(x)],
  ['tile', [2, 3], (x) => tf.tile(x, [2, 3])],
  ['transposed convolution', [2, 4, 4, 3], (x) => transposedConv(x)],
  ['transposition', [2, 3, 4], (x) => tf.transpose(x, [2, 0, 1])],
  ['unstacking', [3, 4, 2], (x) => tf.concat(tf.unstack(x, 1))],
];

describe('ops of image models on WebAssembly', () => {
  it.each(OPS)('%s: value and gradient', async (name, shape, op) => {
    await expectSame(
      () => {
        const { value, grad } = tf.valueAndGrad((x) => {
          const y = op(x);
          return tf.sum(tf.mul(y, noise(y.shape, 11)));
        })(noise(shape, 10));
        return [value, grad];
      },
      2e-5,
      name,
    );
  });
});

const perChannel = (seed: number): tf.Tensor1D => noise([3], seed) as tf.Tensor1D;

function evaluationBatchNorm(x: tf.Tensor): tf.Tensor {
  const variance = tf.add(perChannel(4), 1.5) as tf.Tensor1D;
  return tf.batchNorm(image(x), perChannel(3), variance, perChannel(5), perChannel(6));
}

function trainingBatchNorm(x: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, [0, 1, 2]) as { mean: tf.Tensor1D; variance: tf.Tensor1D };
  return tf.batchNorm(image(x), mean, variance, perChannel(5), perChannel(6), 1e-5);
}

function layerNorm(x: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
}

function transposedConv(x: tf.Tensor): tf.Tensor {
  return tf.conv2dTranspose(image(x), noise([3, 3, 2, 3], 2) as tf.Tensor4D, [2, 8, 8, 2], 2, 'same');
}
