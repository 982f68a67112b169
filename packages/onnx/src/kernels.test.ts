import { namedValues } from '@podium/core';
import { kernelsWithShapes, loadEngine } from '@podium/engine';
import { ImageModel } from '@podium/model-zoo';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { compare } from '../test/named-model.ts';
import { converters } from './kernels/index.ts';
import { onnxModel } from './onnx-model.ts';

beforeAll(async () => {
  await loadEngine({ threads: 1 });
});

/** A network that is one function of the images. */
class OneFunction extends ImageModel {
  readonly numFeatures = 1;
  readonly featureInfo = [];
  readonly depthGroups = { stem: /^$/, blocks: /^$/ };
  readonly classifierPath = '';
  readonly firstConvPath = '';
  readonly f: (x: tf.Tensor4D) => tf.Tensor;

  constructor(f: (x: tf.Tensor4D) => tf.Tensor) {
    super();
    this.f = f;
  }

  forwardFeatures(x: tf.Tensor4D): tf.Tensor {
    return this.f(x);
  }

  forwardHead(features: tf.Tensor): tf.Tensor {
    return features;
  }

  resetClassifier(): void {}
}

const imageSize = [6, 4] as const;
const flat = (x: tf.Tensor) => tf.reshape(x, [x.shape[0]!, -1]);
const weights = Float32Array.from(namedValues('filter', 3 * 3 * 3 * 2));
const filter = () => tf.tensor4d(weights, [3, 3, 3, 2]);
/** A value that ONNX holds only with its channels first. */
const convolved = (x: tf.Tensor4D) => tf.conv2d(x, filter(), 1, 'same');

const functions: Readonly<Record<string, (x: tf.Tensor4D) => tf.Tensor>> = {
  arithmetic: (x) => tf.div(tf.sub(tf.mul(x, 3), tf.tensor1d([1, 2, 3])), tf.add(tf.square(x), 1)),
  'functions of one number': (x) => tf.add(tf.tanh(tf.exp(x)), tf.sqrt(tf.abs(x))),
  comparisons: (x) => tf.where(tf.greater(x, 0.2), tf.maximum(x, 0.5), tf.minimum(tf.neg(x), 0.3)),
  'values that were clipped': (x) => tf.add(tf.clipByValue(x, -0.5, 0.25), tf.relu6(tf.mul(x, 9))),
  'mean over rows alone': (x) => tf.mean(convolved(x), 1),
  'mean over the image': (x) => tf.mean(convolved(x), [1, 2], true),
  'sum and maximum of channels': (x) => tf.add(tf.sum(convolved(x), -1, true), tf.max(x, 3, true)),
  'slices of channels': (x) =>
    tf.concat(
      [tf.slice(convolved(x), [0, 1, 0, 1], [-1, 4, -1, 1]), tf.slice(x, [0, 2, 0, 0], [-1, 4, -1, 2])],
      3,
    ),
  'parts of channels': (x) => tf.mul(...(tf.split(convolved(x), 2, 3) as [tf.Tensor, tf.Tensor])),
  'stack and unstack': (x) => tf.stack(tf.unstack(convolved(x), 3).reverse(), 1),
  'mirrored border': (x) =>
    tf.mirrorPad(
      convolved(x),
      [
        [0, 0],
        [1, 2],
        [2, 1],
        [0, 0],
      ],
      'reflect',
    ),
  'border of ones': (x) =>
    tf.pad(
      convolved(x),
      [
        [0, 0],
        [1, 0],
        [0, 2],
        [0, 0],
      ],
      1,
    ),
  reversed: (x) => tf.reverse(x, [1, 3]),
  'every order of axes': (x) => tf.transpose(convolved(x), [0, 3, 2, 1]),
  'entries by number': (x) => tf.gather(tf.reshape(x, [-1, 24, 3]), tf.tensor1d([5, 0, 5], 'int32'), 1),
  'a token for each image': (x) =>
    tf.concat([tf.tile(tf.ones([1, 1, 3]), [x.shape[0], 1, 1]), tf.reshape(x, [-1, 24, 3])], 1),
  'products of matrices': (x) =>
    tf.matMul(tf.reshape(x, [-1, 24, 3]), tf.reshape(x, [-1, 24, 3]), false, true),
  'softmax over channels': (x) => tf.softmax(convolved(x)),
  'larger image': (x) => tf.image.resizeBilinear(convolved(x), [12, 8], false, true),
  'average pooling': (x) => tf.avgPool(convolved(x), [3, 2], 2, 'same'),
  'padded maximum': (x) =>
    tf.maxPool(
      tf.pad(
        x,
        [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ],
        -3e38,
      ),
      3,
      2,
      'valid',
    ),
  'depthwise convolution': (x) => tf.depthwiseConv2d(x, filter(), 1, 'same'),
};

describe('the same values from ONNX Runtime', () => {
  test.each(Object.entries(functions))('%s', async (_, f) => {
    const model = new OneFunction((x) => flat(f(x)));
    for (const opset of [17, 20]) {
      const { deviation } = await compare(model, { imageSize, opset });
      expect(deviation).toBeLessThan(1e-5);
    }
  });
});

test('every kernel that networks use is written, or is gone before', () => {
  // Of constants and shapes alone, or only in training.
  const others = ['All', 'Any', 'Fill', 'Identity', 'OnesLike', 'Step', 'ZerosLike'];
  const missing = kernelsWithShapes().filter((kernel) => !converters.has(kernel) && !others.includes(kernel));
  expect(missing).toEqual([]);
});

test('a kernel without a counterpart is named', () => {
  const model = new OneFunction((x) => flat(tf.step(x)));
  expect(() => onnxModel(model, { imageSize })).toThrow(/kernel Step/);
});

test('a network that depends on the number of images is exported for one number', async () => {
  const model = new OneFunction((x) => tf.mul(flat(x), 1 / x.shape[0]!));
  expect(() => onnxModel(model, { imageSize })).toThrow(/another number of images/);
  const { deviation } = await compare(model, { imageSize, batch: 2 }, [2]);
  expect(deviation).toBeLessThan(1e-6);
});

test('an output that ignores the images is an error', () => {
  const model = new OneFunction((x) => tf.zeros([x.shape[0], 2]));
  expect(() => onnxModel(model, { imageSize })).toThrow(/does not depend on its images/);
});
