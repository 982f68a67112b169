import { readFileSync } from 'node:fs';
import { loadEngine } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compareOptim, isOptimReference, type OptimReference } from './index.ts';

const file = new URL('../fixtures/optim-torch.json', import.meta.url);
const reference = JSON.parse(readFileSync(file, 'utf8')) as OptimReference;

test('recognizes its files', () => {
  expect(isOptimReference(reference)).toBe(true);
  for (const other of [null, 1, [], {}, { model: 'x', state: {}, train: {} }, { training: null }]) {
    expect(isOptimReference(other)).toBe(false);
  }
});

test.each([
  ['auto', Object.keys(reference.training.optimizers)],
  // Convolutions are slow there; the optimizers themselves are compared on both backends elsewhere.
  ['cpu', ['adamw']],
] as const)('on %s, everything in the file agrees', async (backend, names) => {
  await loadEngine({ backend, threads: 2 });
  const optimizers = Object.fromEntries(
    Object.entries(reference.training.optimizers).filter(([name]) => names.some((each) => each === name)),
  );
  const part = { ...reference, training: { ...reference.training, optimizers } };
  const before = tf.memory().numTensors;
  const comparisons = compareOptim(part);
  expect(tf.memory().numTensors).toBe(before);
  expect(comparisons).toHaveLength(names.length * 2 + 5 + 8);
  expect(comparisons.filter(({ deviation, limit }) => !(deviation <= limit))).toEqual([]);
});

test('reports wrong numbers and unknown entries', async () => {
  await loadEngine({ backend: 'cpu' });
  const { optimizers } = reference.training;
  const sgd = optimizers.sgd!;
  const wrong = compareOptim({
    ...reference,
    training: {
      ...reference.training,
      optimizers: {
        sgd: { ...sgd, losses: sgd.losses.map((loss, i) => (i === 3 ? loss * 1.001 : loss)) },
        adam: { ...sgd, settings: { lr: 0.1, maximize: true } },
      },
    },
    schedules: { constant_base: 0.1, zigzag_3: [1] },
    losses: { inputs: reference.losses.inputs, hinge: 1, cross_entropy: 1 },
  } as OptimReference);
  const failed = wrong.filter(({ deviation, limit }) => !(deviation <= limit));
  expect(failed.map(({ what, where }) => [what, where])).toEqual([
    ['optimizer sgd, losses', 'step 3'],
    ['optimizer adam', 'the setting maximize is not supported'],
    ['schedule zigzag_3', 'unknown schedule'],
    ['loss hinge', 'unknown loss'],
    ['loss cross_entropy', 'value'],
  ]);
});
