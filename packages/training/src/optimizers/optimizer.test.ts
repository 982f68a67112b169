import { Rng } from '@podium/core';
import { loadEngine, withoutLeaks } from '@podium/engine';
import { Parameter } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  createOptimizer,
  type Optimizer,
  type OptimizerOptions,
  type OptimizerState,
  optimizers,
  type ParameterGroup,
} from './index.ts';

/** Settings under which every slot of an optimizer is in use. */
const RICH: Readonly<Record<string, object>> = {
  sgd: { momentum: 0.9, nesterov: true },
  adam: { amsgrad: true },
  adamw: { amsgrad: true },
  rmsprop: { momentum: 0.9, centered: true },
};

const optionsOf = (name: string) => ({ name, weightDecay: 0.1, ...RICH[name] }) as OptimizerOptions;

beforeEach(async () => {
  await loadEngine({ backend: 'auto', threads: 2 });
});

describe.each(optimizers.names())('%s', (name) => {
  test('resumes from a state, bit for bit', () => {
    const [first, second] = [makeGroups(), makeGroups()];
    const unbroken = createOptimizer(optionsOf(name), first);
    const before = createOptimizer(optionsOf(name), second);
    for (let t = 0; t < 6; t++) step(unbroken, first, t);
    for (let t = 0; t < 3; t++) step(before, second, t);
    const { tensors, numbers } = before.state();
    before.dispose();
    const after = createOptimizer(optionsOf(name), second);
    after.loadState({ tensors, numbers: JSON.parse(JSON.stringify(numbers)) });
    for (let t = 3; t < 6; t++) step(after, second, t);
    expect(valuesOf(second)).toEqual(valuesOf(first));
    expect(stateOf(after)).toEqual(stateOf(unbroken));
    dispose(unbroken, first);
    dispose(after, second);
  });

  test('lowers a loss', () => {
    const groups = makeGroups();
    const optimizer = createOptimizer({ ...optionsOf(name), learningRate: 0.02 }, groups);
    const distance = () =>
      valuesOf(groups)
        .flat()
        .reduce((sum, value) => sum + value * value, 0);
    const before = distance();
    for (let t = 0; t < 20; t++) {
      // The gradient of half the squared distance from 0.
      for (const parameter of parametersOf(groups)) {
        parameter.zeroGrad();
        parameter.grad = tf.tidy(() => tf.keep(tf.clone(parameter.variable)));
      }
      optimizer.step();
    }
    expect(distance()).toBeLessThan(before);
    dispose(optimizer, groups);
  });

  test('leaks no tensor', () => {
    const groups = makeGroups();
    for (const parameter of parametersOf(groups)) expect(parameter.variable.size).toBeGreaterThan(0);
    withoutLeaks(() => {
      const optimizer = createOptimizer(optionsOf(name), groups);
      step(optimizer, groups, 0);
      withoutLeaks(() => optimizer.step({ clipNorm: 1, gradientScale: 0.5 }).gradientNorm?.dispose());
      withoutLeaks(() => optimizer.step({ clipValue: 1 }));
      optimizer.zeroGrad();
      withoutLeaks(() => optimizer.step());
      optimizer.dispose();
    });
    dispose(undefined, groups);
  });

  test('a parameter without a gradient keeps its value and state', () => {
    const groups = makeGroups();
    const optimizer = createOptimizer(optionsOf(name), groups);
    step(optimizer, groups, 0);
    const [frozen] = parametersOf(groups) as [Parameter];
    frozen.zeroGrad();
    const [value, state] = [valuesOf(groups)[0], stateOf(optimizer)];
    optimizer.step();
    expect(valuesOf(groups)[0]).toEqual(value);
    const path = 'conv.weight';
    const own = (all: ReturnType<typeof stateOf>) => [
      all.numbers.parameters[path],
      ...all.tensors.filter(([key]) => String(key).startsWith(path)),
    ];
    expect(own(stateOf(optimizer))).toEqual(own(state));
    dispose(optimizer, groups);
  });

  test('copies of parameters and states do not change', () => {
    const groups = makeGroups();
    const optimizer = createOptimizer(optionsOf(name), groups);
    step(optimizer, groups, 0);
    const clones = parametersOf(groups).map(({ variable }) => tf.clone(variable));
    const state = optimizer.state();
    const [values, kept] = [valuesOf(groups), JSON.stringify([...state.tensors.values()])];
    optimizer.loadState(state);
    step(optimizer, groups, 1);
    expect(clones.map((clone) => Array.from(clone.dataSync()))).toEqual(values);
    expect(JSON.stringify([...state.tensors.values()])).toBe(kept);
    tf.dispose(clones);
    dispose(optimizer, groups);
  });
});

test('groups multiply the learning rate, and set weight decay', () => {
  const groups = makeGroups();
  const optimizer = createOptimizer({ name: 'sgd', learningRate: 1 }, [
    { ...groups[0]!, learningRateScale: 0.5 },
    { ...groups[1]!, weightDecay: 0.25 },
  ]);
  optimizer.learningRate = 0.1;
  expect([...optimizer.learningRates()]).toEqual([
    ['conv', 0.05],
    ['head', 0.1],
  ]);
  const before = valuesOf(groups);
  for (const parameter of parametersOf(groups)) {
    parameter.grad = tf.tidy(() => tf.keep(tf.onesLike(parameter.variable)));
  }
  optimizer.step();
  const after = valuesOf(groups);
  expect(after[0]?.[0]).toBeCloseTo(before[0]![0]! - 0.05, 6);
  const head = before[1]![0]!;
  expect(after[1]?.[0]).toBeCloseTo(head - 0.1 * (1 + 0.25 * head), 6);
  dispose(optimizer, groups);
});

test('new groups keep the state of parameters that stay', () => {
  const groups = makeGroups();
  const optimizer = createOptimizer({ name: 'adam' }, groups.slice(0, 1));
  step(optimizer, groups, 0);
  optimizer.setGroups(groups);
  step(optimizer, groups, 1);
  const { parameters } = optimizer.state().numbers;
  expect(parameters).toEqual({ 'conv.weight': { steps: 2 }, 'head.weight': { steps: 1 } });
  optimizer.setGroups(groups.slice(1));
  expect(Object.keys(optimizer.state().numbers.parameters)).toEqual(['head.weight']);
  dispose(optimizer, groups);
});

test('the norm is measured after scaling and before clipping', () => {
  const groups = makeGroups();
  const optimizer = createOptimizer({ name: 'sgd' }, groups);
  for (const parameter of parametersOf(groups)) {
    parameter.grad = tf.tidy(() => tf.keep(tf.fill(parameter.variable.shape, 2)));
  }
  const size = parametersOf(groups).reduce((sum, parameter) => sum + parameter.size, 0);
  for (const options of [{ measureNorm: true }, { clipNorm: 1 }, { clipNorm: 1, measureNorm: true }]) {
    const { gradientNorm } = optimizer.step({ ...options, gradientScale: 0.5 });
    expect(gradientNorm?.dataSync()[0]).toBeCloseTo(Math.sqrt(size), 4);
    gradientNorm?.dispose();
  }
  expect(optimizer.step({ clipValue: 1 })).toEqual({});
  dispose(optimizer, groups);
});

test('LAMB clips its own norm after the bound of the trainer, as timm does after clip_grad_value_', () => {
  const parameter = new Parameter([3], () => Float32Array.of(1, -2, 3));
  const groups: ParameterGroup[] = [{ name: 'all', parameters: [['w', parameter]] }];
  const optimizer = createOptimizer({ name: 'lamb', learningRate: 0.1, weightDecay: 0.1 }, groups);
  expect(parameter.variable.size).toBe(3);
  parameter.grad = tf.keep(tf.tensor1d([4, -0.1, 0.3]));
  withoutLeaks(() => optimizer.step({ clipValue: 0.5, measureNorm: true }).gradientNorm?.dispose());
  // timm's Lamb in NumPy. Its own norm first would make the average 0.05, -0.0025, 0.0075.
  const close = (values: ArrayLike<number | bigint>, expected: readonly number[]) =>
    expected.forEach((value, i) => void expect(Number(values[i])).toBeCloseTo(value, 5));
  close(optimizer.state().tensors.get('w.exp_avg')!.data, [0.05, -0.01, 0.03]);
  close(parameter.variable.dataSync(), [0.802434, -1.784475, 2.766513]);
  dispose(optimizer, groups);
});

describe('rejects', () => {
  const make = (options: object) => () => createOptimizer(options as OptimizerOptions, []);

  test.each([
    [{ name: 'adamm' }, 'did you mean "adam"?'],
    [{ name: 'adam', learningrate: 1 }, 'did you mean "learningRate"?'],
    [{ name: 'adam', betas: [0.9] }, 'expected a list of 2 numbers'],
    [{ name: 'adam', betas: [0.9, 1] }, 'betas[1]: optimizer "adam": expected a number < 1, got 1'],
    [{ name: 'adam', epsilon: Number.NaN }, 'epsilon'],
    [{ name: 'sgd', nesterov: true }, 'expected false, or a momentum > 0 and a dampening of 0, got true'],
    [{ name: 'lamb', maxGradientNorm: 0 }, 'expected a number > 0, got 0'],
    [{ name: 'lamb', maxGradientNorm: 'all' }, 'expected a number > 0, or "none", got "all"'],
  ])('%j', (options, message) => {
    expect(make(options)).toThrow(message);
  });

  test('bad groups', () => {
    const groups = makeGroups();
    const twice = [...groups, { name: 'again', parameters: groups[0]?.parameters ?? [] }];
    expect(() => createOptimizer({ name: 'sgd' }, twice)).toThrow('in two groups: "conv" and "again"');
    const other = [{ ...groups[0]!, settings: { momentum: 0.9 } }];
    expect(() => createOptimizer({ name: 'sgd' }, other)).toThrow('needs other running averages');
    const bad = [{ ...groups[0]!, settings: { betas: 1 } }];
    expect(() => createOptimizer({ name: 'adam' }, bad)).toThrow('group "conv"');
    dispose(undefined, groups);
  });

  test('bad step options', () => {
    const groups = makeGroups();
    const optimizer = createOptimizer({ name: 'sgd' }, groups);
    expect(() => optimizer.step({ clipNorm: 0 })).toThrow('expected a number > 0, got 0');
    optimizer.learningRate = Number.NaN;
    expect(() => optimizer.step()).toThrow('learning rate of a step');
    dispose(optimizer, groups);
  });

  test('a state that does not fit, before loading any of it', () => {
    const groups = makeGroups();
    const optimizer = createOptimizer({ name: 'adam' }, groups);
    step(optimizer, groups, 0);
    const { tensors, numbers } = optimizer.state();
    const before = stateOf(optimizer);
    const load =
      (change: (state: { tensors: Map<string, never>; numbers: Record<string, unknown> }) => void) => () => {
        const state = { tensors: new Map(tensors), numbers: structuredClone(numbers) };
        change(state as never);
        optimizer.loadState(state as OptimizerState);
      };
    expect(load(({ numbers: n }) => Object.assign(n, { optimizer: 'sgd' }))).toThrow(
      'expected adam, got sgd',
    );
    expect(load(({ tensors: t }) => t.delete('head.weight.exp_avg'))).toThrow('head.weight.exp_avg');
    expect(load(({ tensors: t }) => t.set('tail.exp_avg', t.get('head.weight.exp_avg')!))).toThrow(
      'belongs to no parameter',
    );
    expect(load(({ tensors: t }) => t.set('head.weight.exp_avg', t.get('conv.weight.exp_avg')!))).toThrow(
      'expected float32 [5,2], got float32 [2,3,2,2]',
    );
    expect(
      load(({ numbers: n }) => Object.assign(n, { parameters: { 'head.weigt': { steps: 1 } } })),
    ).toThrow('did you mean "head.weight"?');
    expect(
      load(({ numbers: n }) => Object.assign(n, { parameters: { 'head.weight': { steps: 0 } } })),
    ).toThrow('steps > 0');
    expect(stateOf(optimizer)).toEqual(before);
    dispose(optimizer, groups);
  });
});

function makeGroups(): ParameterGroup[] {
  const draw = (name: string) => (shape: readonly number[]) => {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    Rng.fromSeed(name).fillUniform(values, -1, 1);
    return values;
  };
  const conv = new Parameter([2, 3, 2, 2], draw('conv'), { layout: 'conv' });
  const head = new Parameter([5, 2], draw('head'));
  return [
    { name: 'conv', parameters: [['conv.weight', conv]] },
    { name: 'head', parameters: [['head.weight', head]] },
  ];
}

function parametersOf(groups: readonly ParameterGroup[]): Parameter[] {
  return groups.flatMap(({ parameters }) => parameters.map(([, parameter]) => parameter));
}

/** One step by gradients that depend on `t` alone. */
function step(optimizer: Optimizer, groups: readonly ParameterGroup[], t: number): void {
  for (const [i, parameter] of parametersOf(groups).entries()) {
    const values = new Float32Array(parameter.size);
    Rng.fromSeed('gradient').split(t, i).fillUniform(values, -1, 1);
    parameter.zeroGrad();
    parameter.grad = tf.tidy(() => tf.keep(tf.tensor(values, parameter.variable.shape)));
  }
  optimizer.step();
}

function valuesOf(groups: readonly ParameterGroup[]): number[][] {
  return parametersOf(groups).map(({ variable }) => Array.from(variable.dataSync()));
}

function stateOf(optimizer: Optimizer) {
  const { tensors, numbers } = optimizer.state();
  return {
    tensors: [...tensors].map(([key, { data }]) => [key, ...Array.from(data as Float32Array)]),
    numbers,
  };
}

function dispose(optimizer: Optimizer | undefined, groups: readonly ParameterGroup[]): void {
  optimizer?.dispose();
  for (const parameter of parametersOf(groups)) parameter.dispose();
}
