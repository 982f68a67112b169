import { PodiumError } from '@podium/core';
import { loadEngine } from '@podium/engine';
import { beforeAll, expect, test } from 'vitest';
import {
  BatchNorm2d,
  Conv2d,
  float32Of,
  Linear,
  loadStateDict,
  RelativePositionBias,
  Sequential,
  type StateTensor,
  stateDict,
  stateShapes,
} from './index.ts';

beforeAll(async () => {
  await loadEngine({ threads: 2 });
});

function net(): Sequential {
  return new Sequential({
    conv: new Conv2d(2, 3, [1, 2], { bias: false }),
    bn: new BatchNorm2d(3),
    depthwise: new Conv2d(3, 6, 3, { groups: 3 }),
  });
}

const counting = (shape: readonly number[]): StateTensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return { dtype: 'float32', shape, data: Float32Array.from({ length: size }, (_, i) => i) };
};

test('has the names, shapes and order of PyTorch', () => {
  const module = net();
  const state = stateDict(module);
  expect(Object.fromEntries([...state].map(([name, { shape }]) => [name, shape]))).toEqual({
    'conv.weight': [3, 2, 1, 2],
    'bn.weight': [3],
    'bn.bias': [3],
    'bn.running_mean': [3],
    'bn.running_var': [3],
    'bn.num_batches_tracked': [],
    'depthwise.weight': [6, 1, 3, 3],
    'depthwise.bias': [6],
  });
  expect(stateShapes(module)).toEqual(new Map([...state].map(([name, { shape }]) => [name, shape])));
  expect(state.get('bn.num_batches_tracked')).toMatchObject({ dtype: 'int64', data: BigInt64Array.of(0n) });
});

test('loaded values come back from any memory layout', () => {
  const module = net();
  const given = new Map([...stateShapes(module)].map(([name, shape]) => [name, counting(shape)]));
  given.set('bn.num_batches_tracked', { dtype: 'int64', shape: [], data: BigInt64Array.of(7n) });
  expect(loadStateDict(module, given)).toEqual({ missing: [], unexpected: [] });
  expect(stateDict(module)).toEqual(given);
  module.dispose();
});

test('numbers of every format are taken', () => {
  const of = (dtype: StateTensor['dtype'], data: StateTensor['data']) => [
    ...float32Of({ dtype, shape: [data.length], data }),
  ];
  expect(of('float64', Float64Array.of(0.1))).toEqual([Math.fround(0.1)]);
  expect(of('bfloat16', Uint16Array.of(0x3f80, 0xc000, 0x7f80))).toEqual([1, -2, Number.POSITIVE_INFINITY]);
  expect(of('float16', Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0x7bff, 0x8000))).toEqual([
    1,
    -2,
    2 ** -24,
    Number.POSITIVE_INFINITY,
    65504,
    -0,
  ]);
  expect(of('float16', Uint16Array.of(0x7e00))[0]).toBeNaN();
  expect(of('int64', BigInt64Array.of(-3n))).toEqual([-3]);
  expect(of('int8', Int8Array.of(-3))).toEqual([-3]);
});

test('a checkpoint that does not fit changes nothing, and the error lists what is wrong', () => {
  const module = net();
  const before = stateDict(module);
  const given = new Map(before);
  given.delete('bn.bias');
  given.set('bn.biass', counting([3]));
  given.set('conv.weight', counting([3, 2, 2, 1]));
  let problem: unknown;
  try {
    loadStateDict(module, given);
  } catch (error) {
    problem = error;
  }
  expect(problem).toBeInstanceOf(PodiumError);
  const text = (problem as PodiumError).message;
  expect(text).toContain('missing in the checkpoint: bn.bias');
  expect(text).toContain('not in the module: bn.biass');
  expect(text).toContain('"bn.bias" looks like "bn.biass"');
  expect(text).toContain('conv.weight (expected [3,2,1,2], got [3,2,2,1])');
  expect(stateDict(module)).toEqual(before);
  expect(() => loadStateDict(module, given, { strict: false })).toThrow(/of another shape/);
  given.delete('conv.weight');
  expect(loadStateDict(module, given, { strict: false })).toEqual({
    missing: ['conv.weight', 'bn.bias'],
    unexpected: ['bn.biass'],
  });
  module.dispose();
});

test('tables that follow from the settings may be missing, and are not read', () => {
  const bias = new RelativePositionBias([2, 2], 1);
  const state = stateDict(bias);
  expect(state.get('relative_position_index')?.data.length).toBe(16);
  state.set('relative_position_index', { dtype: 'int64', shape: [4, 4], data: new BigInt64Array(16) });
  const before = bias.relative_position_index.values.slice();
  loadStateDict(bias, state);
  expect(bias.relative_position_index.values).toEqual(before);
  state.delete('relative_position_index');
  expect(loadStateDict(bias, state).missing).toEqual([]);
  bias.dispose();
});

test('a parameter is drawn only when it is asked for', () => {
  const linear = new Linear(100_000, 100_000);
  expect(linear.weight.isAllocated).toBe(false);
  expect(linear.weight.size).toBe(1e10);
});
