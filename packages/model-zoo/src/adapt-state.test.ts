import { hashBytes } from '@podium/core';
import { type StateDict, type StateTensor, stateShapes } from '@podium/nn';
import { describe, expect, test } from 'vitest';
import { adaptState } from './adapt-state.ts';
import { buildModel } from './build-model.ts';
import type { ImageModel } from './image-model.ts';
import { models } from './models.ts';

/** Every tensor of a model, each with values of its own. */
function checkpointOf(model: ImageModel): Map<string, StateTensor> {
  const state = new Map<string, StateTensor>();
  for (const [key, shape] of stateShapes(model)) {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const start = Number.parseInt(hashBytes(key).slice(0, 6), 16);
    const data = Float32Array.from({ length: size }, (_, i) => start + i);
    state.set(key, { dtype: 'float32', shape, data });
  }
  return state;
}

function adapt(state: StateDict, model: ImageModel, name: string, unreadable?: ReadonlyMap<string, string>) {
  const { family, settings } = models.get(name);
  return adaptState(state, model, family, settings, 'model.pth', unreadable);
}

const name = 'resnet18';
const model = buildModel(name);
const state = checkpointOf(model);
const valuesOf = (given: StateDict) => [...given.get('layer1.0.conv1.weight')!.data.slice(0, 9)];

/** The convolutions of a state with their axes in another order. */
function permuted(given: StateDict, axes: readonly [number, number, number, number]): StateDict {
  return new Map(
    [...given].map(([key, { dtype, shape, data }]) => {
      if (shape.length !== 4) return [key, { dtype, shape, data }] as const;
      const to = axes.map((axis) => shape[axis]!);
      const strides = shape.map((_, i) => shape.slice(i + 1).reduce((size, extent) => size * extent, 1));
      const values = new Float32Array(data.length);
      for (let i = 0; i < values.length; i++) {
        let [rest, from] = [i, 0];
        for (let d = 3; d >= 0; d--) {
          from += (rest % to[d]!) * strides[axes[d]!]!;
          rest = Math.floor(rest / to[d]!);
        }
        values[i] = Number(data[from]);
      }
      return [key, { dtype, shape: to, data: values }] as const;
    }),
  );
}

describe('only what has the same values in the same order is reshaped', () => {
  test.each([
    ['(O, H, W, I)', [0, 2, 3, 1]],
    ['(H, W, I, O)', [2, 3, 1, 0]],
  ] as const)('a file of channels last, %s, is rejected with what to do', (order, axes) => {
    expect(() => adapt(permuted(state, axes), model, name)).toThrow(
      expect.objectContaining({
        code: 'zoo-weights',
        message: expect.stringMatching(/channels last[\s\S]*weight\.permute\(/),
        problem: expect.objectContaining({
          message: `the convolutions of this file are ${order}, channels last`,
        }),
      }),
    );
  });

  test('also where its first convolution has the right shape by chance, and depthwise ones the right order', () => {
    const small = 'mobilenetv2_100';
    const other = buildModel(small);
    const last = permuted(checkpointOf(other), [0, 2, 3, 1]);
    expect(last.get('conv_stem.weight')?.shape).toEqual([32, 3, 3, 3]);
    expect(() => adapt(last, other, small)).toThrow(/\(O, H, W, I\), channels last/);
  });

  test.each([
    ['layer1.0.conv1.weight', [64, 3, 64, 3]],
    ['layer1.0.conv1.weight', [64, 3, 3, 64, 1]],
    ['layer1.0.conv1.weight', [36_864]],
    ['layer1.0.bn1.weight', [8, 8]],
    ['layer2.0.downsample.0.weight', [128, 8, 8]],
  ])('%s of as many values in the shape %j does not fit', (key, shape) => {
    const other = new Map(state).set(key, { ...state.get(key)!, shape });
    expect(() => adapt(other, model, name)).toThrow(
      /these weights do not fit ResNet:[\s\S]*1 of another shape/,
    );
  });

  test.each([
    ['fewer ones', 'layer2.0.downsample.0.weight', [128, 64]],
    ['more ones', 'layer1.0.bn1.weight', [1, 64, 1, 1]],
    ['flattened trailing axes', 'layer1.0.conv1.weight', [64, 576]],
    ['some flattened trailing axes', 'layer1.0.conv1.weight', [64, 64, 9]],
  ])('%s fit', (_, key, shape) => {
    const other = new Map(state).set(key, { ...state.get(key)!, shape });
    const { state: adapted, report } = adapt(other, model, name);
    expect(adapted.get(key)).toEqual(state.get(key));
    expect(report.resized).toEqual([{ name: key, wanted: state.get(key)!.shape, given: shape }]);
  });
});

describe('names', () => {
  const under = (prefix: string) =>
    new Map([...state].map(([key, tensor]) => [prefix + key, tensor] as const));
  const loss: StateTensor = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) };

  test.each(['', 'model.', 'net.', 'module.model.', 'backbone.'])('below "%s"', (prefix) => {
    const given = under(prefix).set('criterion.weight', loss);
    const { state: adapted, report, prefix: removed } = adapt(given, model, name);
    expect(removed).toBe(prefix);
    expect(report.missing).toEqual([]);
    expect(report.unexpected.map(({ name: key }) => key)).toEqual(['criterion.weight']);
    expect(valuesOf(adapted)).toEqual(valuesOf(state));
  });

  test("a tensor beside the model's never takes the place of one of them", () => {
    const given = new Map([
      ['conv1.weight', { ...state.get('conv1.weight')!, data: new Float32Array(9408) }],
    ]);
    for (const [key, tensor] of under('model.')) given.set(key, tensor as never);
    expect(adapt(given, model, name).state.get('conv1.weight')).toEqual(state.get('conv1.weight'));
  });

  test('student and teacher are asked about', () => {
    const both = new Map([...under('student.'), ...under('teacher.')]);
    expect(() => adapt(both, model, name)).toThrow(
      /model.pth: .*several models that fit.*"student.", "teacher."/,
    );
    // With the fix followed literally.
    expect(adapt(under(''), model, name).report.missing).toEqual([]);
  });
});

describe('tensors that cannot be read', () => {
  const without = (key: string) => new Map([...state].filter(([other]) => other !== key));

  test("are told where they are the model's", () => {
    const key = 'layer1.0.conv1.weight';
    expect(() =>
      adapt(without(key), model, name, new Map([[key, 'a tensor of torch.float8_e4m3fn']])),
    ).toThrow(
      /model.pth layer1.0.conv1.weight: .*cannot read this tensor.*got a tensor of torch.float8_e4m3fn[\s\S]*\.float\(\)/,
    );
  });

  test('do not matter where they are not', () => {
    const beside = new Map([
      ['queue', 'a sparse tensor'],
      ['bn1.num_batches_tracked', 'a tensor of torch.uint16'],
    ]);
    expect(adapt(without('bn1.num_batches_tracked'), model, name, beside).report.mismatched).toEqual([]);
  });
});

test('a part of a sharded checkpoint says that it is one', () => {
  const part = new Map([...state].slice(0, 30));
  const { family, settings } = models.get(name);
  expect(() => adaptState(part, model, family, settings, 'model-00001-of-00002.safetensors')).toThrow(
    /this file is one of several of a checkpoint: merge them/,
  );
});
