import { Rng } from '@podium/core';
import { loadEngine } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { backward } from './backward.ts';
import { Linear, Sequential } from './layers/index.ts';
import { addLora, loraState, mergeLora } from './lora.ts';
import { manualSeed } from './random.ts';
import { loadStateDict, stateDict } from './state-dict.ts';

beforeAll(async () => {
  await loadEngine({ threads: 2 });
});

/** Two layers, the second of which classifies. */
function network(): Sequential {
  manualSeed(3);
  return new Sequential([new Linear(6, 5), new Linear(5, 2)]);
}
const x = (): tf.Tensor => tf.randomUniform([4, 6], -1, 1, 'float32', 2);
const outputOf = (net: Sequential) => tf.tidy(() => [...(net.call(x()) as tf.Tensor).dataSync()]);
const lora = { rank: 2, alpha: 6, except: ['1'], rng: Rng.fromSeed(1) };

test('an update of zero changes nothing, and only it and what is not adapted gets gradients', () => {
  const net = network();
  const before = outputOf(net);
  expect(addLora(net, lora)).toEqual(['0']);
  expect(outputOf(net)).toEqual(before);
  tf.tidy(() => backward(() => tf.sum(tf.square(net.call(x()) as tf.Tensor)) as tf.Scalar));
  const withGradient = net.namedParameters().filter(([, { grad }]) => grad !== null);
  expect(withGradient.map(([path]) => path)).toEqual(['0.lora_A', '0.lora_B', '1.weight', '1.bias']);
});

test('gradients are those of the product, and merging keeps the results', () => {
  const net = network();
  addLora(net, lora);
  const parameters = new Map(net.namedParameters());
  const [a, b] = [parameters.get('0.lora_A')!, parameters.get('0.lora_B')!];
  b.data = tf.randomUniform([5, 2], -1, 1, 'float32', 5);
  const weight = tf.clone(parameters.get('0.base.weight')!.data);
  const bias = parameters.get('0.base.bias')!.data;
  const [second, secondBias] = [parameters.get('1.weight')!.data, parameters.get('1.bias')!.data];
  const loss = (A: tf.Tensor, B: tf.Tensor): tf.Scalar => {
    const whole = tf.add(weight, tf.mul(tf.matMul(B as tf.Tensor2D, A as tf.Tensor2D), 3));
    const hidden = tf.add(tf.matMul(x() as tf.Tensor2D, whole as tf.Tensor2D, false, true), bias);
    const y = tf.add(tf.matMul(hidden as tf.Tensor2D, second as tf.Tensor2D, false, true), secondBias);
    return tf.sum(tf.square(y));
  };
  const [wantedA, wantedB] = tf.grads(loss)([a.data, b.data]) as [tf.Tensor, tf.Tensor];
  tf.tidy(() => backward(() => tf.sum(tf.square(net.call(x()) as tf.Tensor)) as tf.Scalar));
  for (const [{ grad }, wanted] of [
    [a, wantedA],
    [b, wantedB],
  ] as const) {
    const difference = tf.max(tf.abs(tf.sub(grad!, wanted))).dataSync()[0]!;
    expect(difference).toBeLessThan(1e-4 * tf.max(tf.abs(wanted)).dataSync()[0]!);
  }
  const before = outputOf(net);
  const state = loraState(net);
  expect([...state.keys()]).toEqual(['0.lora_A', '0.lora_B']);
  mergeLora(net);
  expect([...stateDict(net).keys()]).toEqual(['0.weight', '0.bias', '1.weight', '1.bias']);
  expect(outputOf(net)).toEqual(before);
  // The small checkpoint and the weights before give the same network.
  const twin = network();
  addLora(twin, lora);
  loadStateDict(twin, state, { strict: false });
  expect(outputOf(twin)).toEqual(before);
});

test('says so where there is nothing to adapt', () => {
  expect(() => addLora(network(), { ...lora, except: ['0', '1'] })).toThrow(/no linear layers/);
  expect(() => addLora(network(), { ...lora, modules: ['blocks.*'] })).toThrow(/no linear layer matches/);
  expect(() => addLora(network(), { ...lora, rank: 0 })).toThrow(/whole number/);
});
