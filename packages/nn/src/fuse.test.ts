import { loadEngine, profile } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import {
  BatchNorm2d,
  Conv2d,
  convolutionOf,
  FusedConv2d,
  fuse,
  identityKernel,
  kernelOf,
  Module,
  normalized,
  ReLU,
  type Reparameterizable,
  Sequential,
  scaled,
  stateDict,
  summed,
} from './index.ts';

beforeAll(async () => {
  await loadEngine({ threads: 2 });
});

class Block extends Module {
  conv1 = new Conv2d(3, 6, 3, { padding: 1, bias: false });
  bn1 = new BatchNorm2d(6, { activation: 'relu6' });
  conv2 = new Conv2d(6, 6, 3, { padding: 1, groups: 6 });
  bn2 = new BatchNorm2d(6, { activation: 'relu', epsilon: 1e-3 });
  tail = new Sequential([
    new Conv2d(6, 4, 1),
    new BatchNorm2d(4),
    new ReLU(),
    new Conv2d(4, 4, 1),
    new ReLU(),
  ]);

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.bn1.call(this.conv1.call(x));
    return this.tail.call(this.bn2.call(this.conv2.call(y), y)) as tf.Tensor4D;
  }
}

test('gives the same numbers, from fewer kernels, and leaves the network as it is', async () => {
  const net = new Block();
  const images = tf.randomUniform([2, 8, 8, 3], -1, 1, 'float32', 1) as tf.Tensor4D;
  // Statistics other than the initial ones.
  for (let i = 0; i < 3; i++) tf.tidy(() => void net.call(images));
  net.eval();
  const before = stateDict(net);
  const fused = fuse(net, [1, 8, 8, 3]);
  expect(fused.modules().filter((module) => module instanceof FusedConv2d)).toHaveLength(4);
  expect(stateDict(net)).toEqual(before);
  const [expected, actual] = [net, fused].map((model) => tf.tidy(() => [...model.call(images).dataSync()]));
  const worst = Math.max(
    ...(expected ?? []).map((value, i) => Math.abs(value - (actual?.[i] ?? Number.NaN))),
  );
  expect(worst / Math.max(...(expected ?? []))).toBeLessThan(1e-5);
  const kernels = async (model: Block) => {
    const { profile: record } = await profile(() => tf.tidy(() => void model.call(images)));
    return record.events.length;
  };
  expect(await kernels(fused)).toBeLessThan(await kernels(net));
  images.dispose();
  net.dispose();
  fused.dispose();
});

test('a module that is used twice is left alone', () => {
  const shared = new Conv2d(3, 3, 1);
  const net = new Sequential([shared, new BatchNorm2d(3), shared, new BatchNorm2d(3)]);
  const fused = fuse(net, [1, 4, 4, 3]);
  expect(fused.modules().some((module) => module instanceof FusedConv2d)).toBe(false);
});

/** A 3x3 and a 1x1 convolution, a shortcut and a norm alone, all doubled and normalized. */
class Branches extends Module implements Reparameterizable {
  conv3: Conv2d;
  norm3 = new BatchNorm2d(4);
  conv1: Conv2d;
  norm = new BatchNorm2d(4);
  last = new BatchNorm2d(4);

  constructor(groups: number) {
    super();
    this.conv3 = new Conv2d(4, 4, 3, { padding: 1, groups, bias: false });
    this.conv1 = new Conv2d(4, 4, 1, { groups });
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const branches = [this.norm3.call(this.conv3.call(x)), this.conv1.call(x), this.norm.call(x), x];
    return this.last.call(tf.mul(tf.addN(branches), 2) as tf.Tensor4D);
  }

  reparameterize(): Module {
    const branches = () => [
      kernelOf(this.conv3, this.norm3),
      kernelOf(this.conv1),
      identityKernel(this.conv3, this.norm),
      identityKernel(this.conv3),
    ];
    return convolutionOf(
      () => normalized(scaled(summed(branches()), tf.fill([4], 2)), this.last),
      this.conv3,
    );
  }
}

test.each([1, 2, 4])('parallel branches become one convolution, with %d groups', (groups) => {
  const net = new Sequential([new Branches(groups), new Branches(groups)]);
  const images = tf.randomNormal([2, 6, 6, 4], 0.5, 2, 'float32', 1) as tf.Tensor4D;
  for (let i = 0; i < 3; i++) tf.tidy(() => void net.call(images));
  net.eval();
  const fused = fuse(net, [1, 6, 6, 4]);
  expect(fused.items.map((item) => item.constructor)).toEqual([FusedConv2d, FusedConv2d]);
  const [expected, actual] = [net, fused].map((model) =>
    tf.tidy(() => [...(model.call(images) as tf.Tensor).dataSync()]),
  ) as [number[], number[]];
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
  expect(worst / Math.max(...expected.map(Math.abs))).toBeLessThan(1e-5);
  images.dispose();
  net.dispose();
  fused.dispose();
});

/** What follows each of its convolutions is read by something else, too: by an operation, or by another module. */
class Shared extends Module {
  conv1 = new Conv2d(3, 3, 1, { bias: false });
  bn1 = new BatchNorm2d(3);
  conv2 = new Conv2d(3, 3, 1);
  bn2 = new BatchNorm2d(3);
  relu = new ReLU();
  bn3 = new BatchNorm2d(3);

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const a = this.conv1.call(x);
    const b = tf.add(this.bn1.call(a), a) as tf.Tensor4D;
    const c = this.bn2.call(this.conv2.call(b));
    return tf.add(this.relu.call(c), this.bn3.call(c));
  }
}

test('a convolution keeps its norm or activation apart if something else reads its output', () => {
  const net = new Shared();
  const images = tf.randomUniform([2, 4, 4, 3], -1, 1, 'float32', 1) as tf.Tensor4D;
  for (let i = 0; i < 3; i++) tf.tidy(() => void net.call(images));
  net.eval();
  const fused = fuse(net, [1, 4, 4, 3]);
  // The second convolution with its bias and norm; its activation stays, as does the norm of the first.
  expect(fused.modules().filter((module) => module instanceof FusedConv2d)).toHaveLength(1);
  expect(fused.bn1).toBeInstanceOf(BatchNorm2d);
  const [expected, actual] = [net, fused].map((model) => tf.tidy(() => [...model.call(images).dataSync()]));
  for (const [i, value] of expected!.entries()) expect(actual![i]).toBeCloseTo(value, 4);
});
