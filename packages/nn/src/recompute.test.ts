import { Rng } from '@podium/core';
import { loadEngine, memory, resetPeakMemory, withoutLeaks } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { backward } from './backward.ts';
import { BatchNorm2d, Conv2d, Dropout, DropPath, Sequential } from './layers/index.ts';
import { Module } from './module.ts';
import { manualSeed, withRng } from './random.ts';
import { recompute, repeatedBlocks } from './recompute.ts';
import { stateDict } from './state-dict.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'tensorflow', threads: 2, deterministic: true });
});

class Block extends Module {
  readonly conv1: Conv2d;
  readonly norm1: BatchNorm2d;
  readonly drop: Dropout = new Dropout(0.3);
  readonly conv2: Conv2d;
  readonly norm2: BatchNorm2d;
  readonly path: DropPath = new DropPath(0.3);

  constructor(channels: number) {
    super();
    this.conv1 = new Conv2d(channels, channels, 3, { padding: 1, bias: false });
    this.norm1 = new BatchNorm2d(channels, { activation: 'relu' });
    this.conv2 = new Conv2d(channels, channels, 3, { padding: 1, bias: false });
    this.norm2 = new BatchNorm2d(channels);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.drop.call(this.norm1.call(this.conv1.call(x))) as tf.Tensor4D;
    return tf.add(x, this.path.call(this.norm2.call(this.conv2.call(y))) as tf.Tensor4D);
  }
}

class Net extends Module<[x: tf.Tensor4D], tf.Tensor> {
  readonly stem: Conv2d = new Conv2d(3, 8, 3, { padding: 1, bias: false });
  readonly blocks: Sequential;
  constructor(count: number) {
    super();
    this.blocks = new Sequential(Array.from({ length: count }, () => new Block(8)));
  }
  forward(x: tf.Tensor4D): tf.Tensor {
    return tf.mean(this.blocks.call(this.stem.call(x)), [1, 2]);
  }
}

function net(count = 3): Net {
  manualSeed('net');
  return new Net(count);
}

const images = () => tf.randomNormal([4, 16, 16, 3], 0, 1, 'float32', 5) as tf.Tensor4D;
const bits = (values: ArrayLike<number>) => Array.from(values);

/** Two training passes: loss, gradients of the second added to the first, and statistics. */
function train(model: Net, seeded = true) {
  const losses: number[] = [];
  tf.tidy(() => {
    const x = images();
    for (const pass of [0, 1]) {
      const loss = () => backward(() => tf.mean(tf.square(model.call(x))));
      losses.push((seeded ? withRng(Rng.fromSeed(pass), loss) : loss()).dataSync()[0]!);
    }
  });
  const gradients = model
    .namedParameters()
    .map(([path, { grad }]) => [path, grad === null ? null : bits(grad.dataSync())]);
  const state = [...stateDict(model)].map(([path, { data }]) => [
    path,
    Array.from(data as Float32Array, String),
  ]);
  return { losses, gradients, state };
}

test.each([
  ['blocks', undefined],
  ['the whole chain', 'blocks'],
  ['blocks within the whole', ['blocks', 'blocks.*']],
  ['the whole network', ''],
])('%s: the same losses, gradients and running statistics to the bit', (_, paths) => {
  const [plain, thrifty] = [net(), net()];
  recompute(thrifty, paths);
  withoutLeaks(() => {
    expect(train(thrifty)).toEqual(train(plain));
    plain.zeroGrad();
    thrifty.zeroGrad();
    plain.dispose();
    thrifty.dispose();
  });
});

test('dropout that draws from the default stream draws the same again', () => {
  manualSeed('drop');
  const expected = train(net(), false);
  manualSeed('drop');
  const model = net();
  recompute(model);
  expect(train(model, false)).toEqual(expected);
});

test('frozen parts get no gradient, and a frozen beginning none at all', () => {
  const run = (on: boolean) => {
    const model = net();
    if (on) recompute(model);
    model.stem.requiresGrad_(false);
    model.getSubmodule('blocks.0').requiresGrad_(false);
    (model.getSubmodule('blocks.1') as unknown as Block).conv1.requiresGrad_(false);
    return train(model);
  };
  expect(run(true)).toEqual(run(false));
});

test('the peak of memory is that of one block and of what goes in between', () => {
  const peak = (on: boolean) => {
    const model = net(12);
    if (on) recompute(model);
    train(model);
    model.zeroGrad();
    const before = memory().bytes;
    resetPeakMemory();
    train(model);
    return memory().peakBytes - before;
  };
  const [plain, thrifty] = [peak(false), peak(true)];
  expect(thrifty).toBeLessThan(plain * 0.5);
});

test('blocks are the innermost items with children; turned off it is as before; a name without a match is an error', () => {
  const model = net(2);
  expect(repeatedBlocks(model).map(([path]) => path)).toEqual(['blocks.0', 'blocks.1']);
  const calls: boolean[] = [];
  const { forward } = Block.prototype;
  model.getSubmodule('blocks.0').forward = function counted(this: Block, ...inputs: never[]) {
    calls.push(true);
    return forward.apply(this, inputs as never);
  } as never;
  const off = recompute(model);
  train(model);
  expect(calls).toHaveLength(4);
  off();
  train(model);
  expect(calls).toHaveLength(6);
  expect(() => recompute(model, 'bloks.*')).toThrow(/no module matches "bloks\.\*"/);
});
