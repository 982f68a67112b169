import { BatchNorm2d, Conv2d, Linear, Module, Parameter } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type GroupOptions, parameterGroups } from './index.ts';

class Net extends Module {
  stem: Conv2d = new Conv2d(3, 4, 3);
  norm: BatchNorm2d = new BatchNorm2d(4);
  pos_embed: Parameter = new Parameter([1, 4, 8], () => new Float32Array(32));
  head: Linear = new Linear(4, 2);

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return x;
  }
}

/** Paths, weight decay and scale by group. */
function groupsOf(model: Net, options: GroupOptions) {
  return parameterGroups(model, options).map(
    ({ name, parameters, weightDecay, learningRateScale, settings }) => [
      name,
      parameters.map(([path]) => path).join(' '),
      weightDecay,
      learningRateScale,
      ...(settings === undefined ? [] : [settings]),
    ],
  );
}

test('no decay for one-dimensional parameters and position embeddings', () => {
  expect(groupsOf(new Net(), { weightDecay: 0.1 })).toEqual([
    ['no decay', 'pos_embed stem.bias norm.weight norm.bias head.bias', 0, 1],
    ['decay', 'stem.weight head.weight', 0.1, 1],
  ]);
  expect(groupsOf(new Net(), { noDecay: ['head.*'] })[0]).toEqual([
    'decay',
    'pos_embed stem.weight',
    undefined,
    1,
  ]);
});

test('frozen parameters are left out', () => {
  const model = new Net();
  model.stem.requiresGrad_(false);
  model.norm.requiresGrad_(false);
  expect(groupsOf(model, {})).toEqual([
    ['no decay', 'pos_embed head.bias', 0, 1],
    ['decay', 'head.weight', undefined, 1],
  ]);
});

test('learning rates are lower for earlier layers', () => {
  // timm: layer_decay ** (layer_max - layer), at least min_scale; unknown parameters are in the last layer.
  const layerOf = (path: string) => ({ stem: 0, pos_embed: 0, norm: 1 })[path.split('.')[0]!];
  expect(
    groupsOf(new Net(), { weightDecay: 0.1, layerDecay: { decay: 0.5, layers: 4, layerOf, minScale: 0.2 } }),
  ).toEqual([
    ['layer 0, no decay', 'pos_embed stem.bias', 0, 0.2],
    ['layer 0, decay', 'stem.weight', 0.1, 0.2],
    ['layer 1, no decay', 'norm.weight norm.bias', 0, 0.25],
    ['layer 3, decay', 'head.weight', 0.1, 1],
    ['layer 3, no decay', 'head.bias', 0, 1],
  ]);
  const layerDecay = { decay: 0.5, layers: 1, layerOf };
  expect(() => groupsOf(new Net(), { layerDecay })).toThrow(
    'norm.weight: layer of a parameter: expected a whole number from 0 to 0, got 1',
  );
});

test('overrides by path', () => {
  const overrides = [
    { paths: 'head.*', learningRateScale: 10 },
    { paths: ['*.bias', 'stem.*'], weightDecay: 0.5, settings: { betas: [0.8, 0.9] } },
  ];
  expect(groupsOf(new Net(), { weightDecay: 0.1, overrides })).toEqual([
    ['no decay', 'pos_embed norm.weight', 0, 1],
    ['*.bias stem.*: decay', 'stem.weight', 0.5, 1, { betas: [0.8, 0.9] }],
    ['*.bias stem.*: no decay', 'stem.bias norm.bias', 0.5, 1, { betas: [0.8, 0.9] }],
    ['head.*: decay', 'head.weight', 0.1, 10],
    ['*.bias stem.*: head.*: no decay', 'head.bias', 0.5, 10, { betas: [0.8, 0.9] }],
  ]);
  expect(() => groupsOf(new Net(), { overrides: [{ paths: 'classifier.*' }] })).toThrow(
    'no parameter matches the override for "classifier.*"',
  );
});
