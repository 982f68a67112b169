// A contestant of the ops benchmark: for each line on stdin, runs every op of native/ops, as MobileNetV2 and a small ViT use
// them, and replies with the milliseconds of each as a line of JSON.
import { createInterface } from 'node:readline';
import { Rng } from '@podium/core';
import {
  activate,
  adamRule,
  addBias,
  applyUpdates,
  attention,
  batchNormTrain,
  depthwiseConv2d,
  dropout,
  globalAveragePool2d,
  globalNorm,
  lambRule,
  layerNorm,
  lerpAll,
  lionRule,
  loadEngine,
  profile,
  rmsPropRule,
  scaleChannels,
  sgdRule,
  type UpdateRule,
  valueAndGradients,
} from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';

await loadEngine({ backend: 'tensorflow' });
const channels = 96;
const image = tf.randomNormal([16, 56, 56, channels]) as tf.Tensor4D;
const filter = tf.randomNormal([3, 3, channels, 1]) as tf.Tensor4D;
const perChannel = tf.randomUniform([channels], 0.5, 1) as tf.Tensor1D;
const statistics = {
  runningMean: tf.zeros([channels]) as tf.Tensor1D,
  runningVariance: tf.ones([channels]) as tf.Tensor1D,
};
const factors = tf.randomUniform([16, channels]) as tf.Tensor2D;
const features = tf.randomNormal([16, 197, 192]) as tf.Tensor3D;
const perFeature = tf.randomUniform([192]) as tf.Tensor1D;
const tokens = tf.randomNormal([16, 197, 3 * 192]) as tf.Tensor3D;
const weights = Array.from({ length: 50 }, () => tf.randomUniform([40_000], 0.1, 1));

const batchNorm = (activation: 'relu6' | 'silu') => () =>
  batchNormTrain(image, { scale: perChannel, offset: perChannel, ...statistics }, { activation }).y;

/** What runs each op, forward and backward. */
const cases: Readonly<Record<string, () => void>> = {
  'relu6 after batch norm': backward(image, batchNorm('relu6')),
  'SiLU after batch norm': backward(image, batchNorm('silu')),
  hardSwish: backward(image, () => activate(image, 'hardSwish')),
  GELU: backward(image, () => activate(image, 'gelu')),
  dropout: backward(image, () => dropout(image, 0.1, Rng.fromSeed(1))),
  'depthwise 3x3': backward(image, () => depthwiseConv2d(image, filter, { padding: 1 })),
  'depthwise 3x3 s2': backward(image, () => depthwiseConv2d(image, filter, { padding: 1, stride: 2 })),
  bias: backward(perChannel, () => addBias(image, perChannel)),
  'mean of channels': backward(image, () => globalAveragePool2d(image)),
  'factors of channels': backward(factors, () => scaleChannels(image, factors)),
  'layer norm': backward(features, () => layerNorm(features, perFeature, perFeature)),
  attention: backward(tokens, () => attention(tokens, { heads: 3 })),
  norm: () => globalNorm(weights),
  average: () => lerpAll(weights, weights, 0.1),
  SGD: update(sgdRule, 1, { weightDecay: 0, momentum: 0.9, keep: 1, byGradient: 0, byBuffer: 0.1 }),
  AdamW: update(adamRule, 2, {
    decay: 0.99,
    weightDecay: 0,
    rate1: 0.1,
    beta2: 0.999,
    rate2: 0.001,
    correction: 0.5,
    epsilon: 1e-8,
    byAverage: 0.01,
    byGradient: 0,
  }),
  RMSprop: update(rmsPropRule, 1, {
    learningRate: 0.01,
    weightDecay: 0,
    alpha: 0.99,
    rate: 0.01,
    epsilon: 1e-3,
    momentum: 0,
    centered: 0,
  }),
  Lion: update(lionRule, 1, { decay: 0.99, rate1: 0.1, rate2: 0.01, learningRate: 0.01 }),
  LAMB: update(lambRule, 2, {
    decay: 0.99,
    weightDecay: 0,
    beta1: 0.9,
    rate1: 0.1,
    beta2: 0.999,
    rate2: 0.001,
    correction1: 0.5,
    correction2: 0.5,
    epsilon: 1e-6,
    learningRate: 0.01,
    maxTrust: 10,
  }),
};

process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
for await (const _ of createInterface({ input: process.stdin })) {
  const times: Record<string, number> = {};
  for (const [name, run] of Object.entries(cases)) {
    const { profile: record } = await profile(() => void tf.tidy(() => void run()));
    for (const { name: op, milliseconds } of record.events) {
      if (!op.startsWith('Podium')) continue;
      const key = `${name}: ${op.slice('Podium'.length)}`;
      times[key] = (times[key] ?? 0) + milliseconds;
    }
  }
  process.stdout.write(`${JSON.stringify(times)}\n`);
}

function backward(by: tf.Tensor, run: () => tf.Tensor): () => void {
  return () => void valueAndGradients(() => tf.sum(run()), [by]);
}

function update<S extends string>(
  rule: UpdateRule<S>,
  slotCount: number,
  settings: Readonly<Record<S, number>>,
): () => void {
  const updates = weights.map((tensor) => ({
    weights: tensor,
    gradient: tensor,
    slots: Array.from({ length: slotCount }, () => tensor),
    settings,
  }));
  return () => applyUpdates(rule, updates, {}, () => {});
}
