import { loadEngine, withoutLeaks } from '@podium/engine';
import { BatchNorm2d, type StateTensor, stateDict } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { createEma, createSwa, type EmaOptions, type WeightAverage } from './index.ts';

const FEATURES = 3;

describe.each(['auto', 'cpu'] as const)('on %s', (backend) => {
  test.each([
    [{ decay: 0.9 }],
    [{ decay: 0.99, warmup: true }],
    [{ decay: 0.99, warmup: true, gamma: 3, power: 0.75, minDecay: 0.3 }],
    [{ decay: 0.9, after: 3 }],
  ] satisfies [Partial<EmaOptions>][])(
    'EMA %j follows its formula, running statistics too',
    async (options) => {
      await loadEngine({ backend, threads: 2 });
      const model = new BatchNorm2d(FEATURES);
      const average = createEma(options);
      const { decay, warmup, gamma, power, minDecay, after } = {
        warmup: false,
        gamma: 1,
        power: 2 / 3,
        minDecay: 0,
        after: 0,
        ...options,
      };
      let expected = 0;
      for (let step = 1; step <= 8; step++) {
        const value = fill(model, step);
        // Written out from timm's ModelEmaV3.
        const since = Math.max(0, step - after - 1);
        let kept = since <= 0 ? 0 : decay;
        if (since > 0 && warmup)
          kept = Math.max(Math.min(1 - (1 + since / gamma) ** -power, decay), minDecay);
        expected = kept * expected + (1 - kept) * value;
        average.update(model, step);
        expect(read(average, 'weight')).toBeCloseTo(expected, 4);
        expect(read(average, 'running_var')).toBeCloseTo(2 * expected, 4);
      }
      average.dispose();
      model.dispose();
    },
  );

  test('SWA is the mean, with the running statistics of the last', async () => {
    await loadEngine({ backend, threads: 2 });
    const model = new BatchNorm2d(FEATURES);
    const average = createSwa();
    const values = [1, 2, 3, 4, 5].map((step) => {
      const value = fill(model, step);
      average.update(model, step);
      return value;
    });
    expect(read(average, 'bias')).toBeCloseTo(-values.reduce((sum, value) => sum + value, 0) / 5, 4);
    expect(read(average, 'running_var')).toBeCloseTo(2 * values[4]!, 4);
    average.dispose();
    model.dispose();
  });

  test('swaps in and out, copies, resumes to the bit, and leaves no tensor', async () => {
    await loadEngine({ backend, threads: 2 });
    const [model, other] = [new BatchNorm2d(FEATURES), new BatchNorm2d(FEATURES)];
    fill(model, 1);
    fill(other, 1);
    withoutLeaks(() => {
      const average = createEma({ decay: 0.9 });
      expect(() => average.swapIn(model)).toThrow('there is no average yet');
      for (let step = 1; step <= 3; step++) {
        fill(model, step);
        average.update(model, step);
      }
      const own = bytes(stateDict(model));
      const averaged = bytes(average.state().tensors);
      average.swapIn(model);
      expect(bytes(stateDict(model))).toEqual(averaged);
      expect(() => average.update(model, 4)).toThrow('call swapOut before training continues');
      expect(() => average.swapIn(model)).toThrow('in the model already');
      average.swapOut(model);
      expect(bytes(stateDict(model))).toEqual(own);
      expect(() => average.swapOut(model)).toThrow('call swapIn first');
      average.copyTo(other);
      expect(bytes(stateDict(other))).toEqual(averaged);

      const resumed = createEma({ decay: 0.9 });
      const state = average.state();
      resumed.loadState({ ...state, numbers: JSON.parse(JSON.stringify(state.numbers)) }, model);
      fill(model, 4);
      for (const each of [average, resumed]) each.update(model, 4);
      expect(bytes(resumed.state().tensors)).toEqual(bytes(average.state().tensors));
      expect(resumed.updates).toBe(4);
      average.dispose();
      resumed.dispose();
    });
    model.dispose();
    other.dispose();
  });
});

test('a state that does not fit is rejected before anything changes', async () => {
  await loadEngine({ backend: 'cpu' });
  const model = new BatchNorm2d(FEATURES);
  const average = createEma();
  average.update(model, 1);
  const { tensors, numbers } = average.state();
  const before = bytes(tensors);
  const load = (change: (tensors: Map<string, StateTensor>) => void, more: object = {}) => {
    const copy = new Map(tensors);
    change(copy);
    return () => average.loadState({ tensors: copy, numbers: { ...numbers, ...more } }, model);
  };
  expect(load(() => {}, { average: 'swa' })).toThrow('expected ema, got swa');
  expect(load((copy) => copy.delete('bias'))).toThrow('bias is missing');
  expect(load((copy) => copy.set('biass', copy.get('bias')!))).toThrow('did you mean "bias"?');
  const wide: StateTensor = { dtype: 'float32', shape: [4], data: new Float32Array(4) };
  expect(load((copy) => copy.set('bias', wide))).toThrow('expected [3], got [4]');
  expect(bytes(average.state().tensors)).toEqual(before);
  expect(() => average.update(new BatchNorm2d(FEATURES + 1), 2)).toThrow();
  average.dispose();
  model.dispose();
});

/** Fills the model by a step; gives the value of its weights. */
function fill(model: BatchNorm2d, step: number): number {
  const value = Math.sin(step) * step;
  tf.tidy(() => {
    model.weight.data = tf.fill([FEATURES], value);
    model.bias.data = tf.fill([FEATURES], -value);
    model.running_mean.data = tf.fill([FEATURES], 0);
    model.running_var.data = tf.fill([FEATURES], 2 * value);
  });
  return value;
}

function read(average: WeightAverage, path: string): number {
  return Number(average.state().tensors.get(path)?.data[0]);
}

function bytes(tensors: ReadonlyMap<string, StateTensor>): Record<string, string> {
  const floats = [...tensors].filter(([, { dtype }]) => dtype === 'float32');
  return Object.fromEntries(
    floats.map(([path, { data }]) => [path, Array.from(data as Float32Array).join()]),
  );
}
