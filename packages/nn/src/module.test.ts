import { PodiumError, Rng } from '@podium/core';
import { loadEngine } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BatchNorm2d,
  backward,
  Conv2d,
  Dropout,
  Identity,
  Linear,
  Module,
  ModuleList,
  manualSeed,
  Parameter,
  ReLU,
  Sequential,
  stateDict,
  withRng,
} from './index.ts';

class Net extends Module<[x: tf.Tensor4D], tf.Tensor> {
  conv = new Conv2d(3, 4, 3, { padding: 1, bias: false });
  bn = new BatchNorm2d(4, { activation: 'relu' });
  blocks = new ModuleList([new Conv2d(4, 4, 1), new Conv2d(4, 4, 1)]);
  head = new Sequential([new Linear(4, 5), new ReLU(), new Dropout(0.5), new Linear(5, 2)]);

  forward(x: tf.Tensor4D): tf.Tensor {
    let y = this.bn.call(this.conv.call(x));
    for (const block of this.blocks) y = block.call(y);
    return this.head.call(tf.mean(y, [1, 2]));
  }
}

const image = () => tf.randomUniform([2, 6, 6, 3], -1, 1, 'float32', 7) as tf.Tensor4D;

beforeAll(async () => {
  await loadEngine({ threads: 2 });
});

describe('the tree', () => {
  test('names are attribute paths, in the order of the attributes', () => {
    const net = new Net();
    expect(net.namedParameters().map(([name]) => name)).toEqual(
      (
        'conv.weight bn.weight bn.bias blocks.0.weight blocks.0.bias blocks.1.weight blocks.1.bias ' +
        'head.0.weight head.0.bias head.3.weight head.3.bias'
      ).split(' '),
    );
    expect(net.namedBuffers().map(([name]) => name)).toEqual(['bn.running_mean', 'bn.running_var']);
    expect(Array.from(net.namedModules(), ([name]) => name)).toEqual([
      '',
      'conv',
      'bn',
      'blocks',
      'blocks.0',
      'blocks.1',
      'head',
      'head.0',
      'head.1',
      'head.2',
      'head.3',
    ]);
    expect(net.getSubmodule('head.3')).toBe(net.head.items[3]);
    expect(net.getSubmodule('')).toBe(net);
  });

  test('a shared parameter has its first name among the parameters, and both in checkpoints', () => {
    const net = new Net();
    net.blocks.items[1]!.weight = net.blocks.items[0]!.weight;
    expect(net.namedParameters().map(([name]) => name)).not.toContain('blocks.1.weight');
    expect([...stateDict(net).keys()]).toContain('blocks.1.weight');
    net.dispose();
  });

  test('a child is replaced by assignment or by path', () => {
    const net = new Net();
    net.setSubmodule('head.3', new Identity());
    net.setSubmodule('blocks.0', new Conv2d(4, 4, 3, { padding: 1 }));
    net.setSubmodule('bn', new BatchNorm2d(4));
    expect(tf.tidy(() => net.eval().call(image()).shape)).toEqual([2, 5]);
    net.dispose();
  });

  test('an unknown path is answered with the nearest name', () => {
    expect(() => new Net().getSubmodule('haed.0')).toThrow(
      /haed\.0: Net has no child module of this name: expected conv\|bn\|blocks\|head, got "haed" \(did you mean "head"\?\)/,
    );
    expect(() => new Net().setSubmodule('head.9', new Identity())).toThrow(PodiumError);
  });

  test('a plain array of modules is rejected, since their parameters would not be found', () => {
    const net = Object.assign(new Net(), { extra: [new Identity()] });
    expect(() => net.parameters()).toThrow(/attribute "extra" of Net is a plain array of modules/);
  });

  test('is printed as PyTorch prints it', () => {
    expect(new Net().toString()).toBe(
      [
        'Net(',
        '  (conv): Conv2d(3, 4, kernelSize=3x3, padding=1, bias=false)',
        '  (bn): BatchNorm2d(4, activation=relu)',
        '  (blocks): ModuleList(',
        '    (0): Conv2d(4, 4, kernelSize=1x1)',
        '    (1): Conv2d(4, 4, kernelSize=1x1)',
        '  )',
        '  (head): Sequential(',
        '    (0): Linear(4, 5)',
        '    (1): ReLU()',
        '    (2): Dropout(0.5)',
        '    (3): Linear(5, 2)',
        '  )',
        ')',
      ].join('\n'),
    );
  });

  test('train and eval reach every module, apply goes from the leaves up', () => {
    const net = new Net();
    expect(
      net
        .eval()
        .modules()
        .some(({ training }) => training),
    ).toBe(false);
    expect(
      net
        .train()
        .modules()
        .every(({ training }) => training),
    ).toBe(true);
    const visited: string[] = [];
    net.apply((module) => visited.push(module.constructor.name));
    expect(visited.slice(-2)).toEqual(['Sequential', 'Net']);
  });
});

describe('calling', () => {
  test('in training, batch norm updates its statistics and counts batches; frozen, it leaves them', () => {
    const net = new Net();
    tf.tidy(() => void net.call(image()));
    expect(net.bn.num_batches_tracked.value).toBe(1);
    const mean = [...net.bn.running_mean.data.dataSync()];
    expect(mean.some((value) => value !== 0)).toBe(true);
    net.bn.frozenStatistics = true;
    tf.tidy(() => void net.call(image()));
    expect(net.bn.num_batches_tracked.value).toBe(1);
    expect([...net.bn.running_mean.data.dataSync()]).toEqual(mean);
    net.dispose();
  });

  test('dropout follows the stream that it is given, and is off in evaluation', () => {
    const dropout = new Dropout(0.5);
    const ones = tf.ones([100]);
    const run = (seed: string) =>
      tf.tidy(() => withRng(Rng.fromSeed(seed), () => [...dropout.call(ones).dataSync()]));
    expect(run('a')).toEqual(run('a'));
    expect(run('a')).not.toEqual(run('b'));
    expect(new Set(run('a'))).toEqual(new Set([0, 2]));
    dropout.eval();
    expect(run('a')).toEqual([...ones.dataSync()]);
    ones.dispose();
  });

  test('the same seed gives the same initial weights, another seed other ones', () => {
    const weights = (seed: number) => {
      manualSeed(seed);
      const net = new Net();
      const values = Array.from(stateDict(net).get('head.0.weight')!.data as Float32Array);
      net.dispose();
      return values;
    };
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
  });

  test('an error names the module that it happened in', () => {
    const net = new Net();
    net.head.items[3] = new Linear(6, 2);
    expect(() => tf.tidy(() => void net.call(image()))).toThrow(
      /^head\.3 \(Linear\): input of Linear: expected \[\.\.\.,6\], got \[2,5\]/,
    );
    expect(() => tf.tidy(() => void net.call(tf.zeros([2, 3, 6, 6]) as tf.Tensor4D))).toThrow(
      /^conv \(Conv2d\): .*expected \[B,H,W,3\], got \[2,3,6,6\]\n {2}fix: .*channels come last/,
    );
    net.dispose();
  });
});

describe('hooks', () => {
  test('see inputs and outputs, may replace them, and can be removed', () => {
    const linear = new Linear(2, 2);
    const seen: string[] = [];
    const removals = [
      linear.registerForwardPreHook((_module, [x]) => {
        seen.push('pre');
        return [tf.mul(x as tf.Tensor, 0)];
      }),
      linear.registerForwardHook((module, _inputs, output) => {
        seen.push(`${module.constructor.name} ${(output as tf.Tensor).shape}`);
        return tf.add(output as tf.Tensor, 1);
      }),
    ];
    const run = () => tf.tidy(() => [...linear.call(tf.ones([1, 2])).dataSync()]);
    const bias = [...(linear.bias?.data.dataSync() ?? [])];
    expect(run()).toEqual(bias.map((value) => Math.fround(value + 1)));
    expect(seen).toEqual(['pre', 'Linear 1,2']);
    for (const remove of removals) remove();
    expect(run()).not.toEqual(bias.map((value) => value + 1));
    expect(seen).toHaveLength(2);
    linear.dispose();
  });

  test('a backward hook sees the gradient by the output, and may replace it', () => {
    const linear = new Linear(2, 1, { bias: false });
    const seen: number[][] = [];
    linear.registerBackwardHook((_module, gradOutput) => {
      seen.push([...gradOutput.dataSync()]);
      return tf.mul(gradOutput, 10);
    });
    tf.tidy(() => void backward(() => tf.sum(tf.mul(linear.call(tf.tensor2d([[1, 2]])), 3))));
    expect(seen).toEqual([[3]]);
    expect([...(linear.weight.grad?.dataSync() ?? [])]).toEqual([30, 60]);
    linear.dispose();
  });
});

describe('a copy', () => {
  test('is equal and independent, without gradients and hooks, and keeps what is shared', () => {
    const net = new Net();
    net.blocks.items[1]!.weight = net.blocks.items[0]!.weight;
    net.blocks.requiresGrad_(false);
    tf.tidy(() => void backward(() => tf.mean(net.call(image()))));
    const twin = net.clone();
    expect(twin).toBeInstanceOf(Net);
    expect(stateDict(twin)).toEqual(stateDict(net));
    expect(twin.parameters().every(({ grad }) => grad === null)).toBe(true);
    expect(twin.blocks.items[0]!.weight.requiresGrad).toBe(false);
    expect(twin.blocks.items[1]!.weight).toBe(twin.blocks.items[0]!.weight);
    const before = stateDict(net);
    tf.tidy(() => {
      for (const parameter of twin.parameters()) parameter.data = tf.zerosLike(parameter.data);
    });
    expect(stateDict(net)).toEqual(before);
    net.dispose();
    expect(twin.parameters()[0]?.data.dataSync()[0]).toBe(0);
    twin.dispose();
  });

  test('does not move the default random stream on', () => {
    manualSeed(1);
    const net = new Linear(2, 2);
    net.clone().dispose();
    const after = new Linear(2, 2);
    manualSeed(1);
    new Linear(2, 2);
    const same = new Linear(2, 2);
    expect(stateDict(after)).toEqual(stateDict(same));
    for (const module of [net, after, same]) module.dispose();
  });

  test('of a module whose weights are not made yet makes the same ones', () => {
    const parameter = new Parameter([3], (_shape, rng) => rng.fillUniform(new Float32Array(3)));
    const twin = parameter.clone();
    expect(twin.isAllocated).toBe(false);
    expect([...twin.data.dataSync()]).toEqual([...parameter.data.dataSync()]);
    parameter.dispose();
    twin.dispose();
  });
});
