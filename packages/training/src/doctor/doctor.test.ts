import { Rng } from '@podium/core';
import { loadEngine, memory } from '@podium/engine';
import { BatchNorm2d, backward, Conv2d, Linear, Module, manualSeed, Sequential, stateDict } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeSet, memoryLoader } from '../../test/memory-loader.ts';
import { labelLoss, SmallNet, smallNet } from '../../test/small-net.ts';
import { type TrainingBatch, toTensors } from '../batches/index.ts';
import { createTrainer } from '../loop/index.ts';
import { createOptimizer, parameterGroups } from '../optimizers/index.ts';
import type { DoctorSubject, Verdict } from './check.ts';
import { doctorChecks, runDoctor, timeDoctorStep } from './index.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'auto', threads: 2 });
});

const set = makeSet(48);
const held = makeSet(24, { seed: 'held' });

/** Batches of a set; a pass is an epoch of its own order. */
function passes(change: (batch: TrainingBatch, pass: number) => TrainingBatch = (batch) => batch) {
  return (pass: number) => ({
    async *[Symbol.asyncIterator]() {
      const loader = memoryLoader(set, { batchSize: 12, epochs: pass + 1, state: { epoch: pass, step: 0 } });
      for await (const batch of loader) yield change(batch, pass);
    },
  });
}

const validation = () =>
  memoryLoader(held, {
    batchSize: 12,
    epochs: 1,
    shuffle: false,
    onBatch: (batch) => ({ ...batch, ids: batch.ids.map((id) => `held-${id}`) }),
  });

function subject(changes: Partial<DoctorSubject> = {}): DoctorSubject {
  return {
    model: smallNet(),
    loss: labelLoss(),
    optimizer: { name: 'adamw', learningRate: 0.003 },
    seed: 1,
    batches: passes(),
    validation,
    ...changes,
  };
}

async function trained(): Promise<SmallNet> {
  const model = smallNet();
  await createTrainer({
    model,
    loss: labelLoss(),
    epochs: 8,
    seed: 1,
    optimizer: { name: 'adamw', learningRate: 0.01 },
    batches: (state) => memoryLoader(set, { batchSize: 12, epochs: 8, state }),
  }).fit();
  return model;
}

async function finding(name: string, of: DoctorSubject) {
  const [found] = await runDoctor(of, { checks: [name] });
  return found!;
}

test('a sound model, data and settings pass, and are left as they were', async () => {
  const model = await trained();
  const before = stateDict(model);
  const tensors = memory().tensors;
  const given = subject({ model });
  const findings = await runDoctor(given);
  const verdicts = Object.fromEntries(findings.map(({ name, verdict }) => [name, verdict]));
  expect(verdicts).toEqual({
    ...Object.fromEntries(doctorChecks.names().map((name) => [name, 'ok'])),
    // The model has been trained.
    'initial-loss': 'warning',
    'frozen-unchanged': 'skipped',
    'learning-rate-range': expect.stringMatching(/ok|skipped|warning/),
  });
  expect(stateDict(model)).toEqual(before);
  expect(memory().tensors).toBe(tensors);
});

test('every check has a planted mistake', () => {
  expect(doctorChecks.names()).toEqual([...new Set(PLANTED.map(([name]) => name))].sort());
});

class Mixing extends SmallNet {
  override forward(x: tf.Tensor4D): tf.Tensor {
    const [batch, height, width] = x.shape;
    // [B,H,W,1] read as [H,B,W,1].
    const mixed = tf.reshape(
      tf.transpose(tf.reshape(x, [height, batch, width]), [1, 0, 2]),
      x.shape,
    ) as tf.Tensor4D;
    return super.forward(mixed);
  }
}

/** Reads channels as the first axis, of a map or of the pooling's input; or swaps height and width. */
class Scrambled extends SmallNet {
  mistake: 'map' | 'pool' | 'sides' = 'map';

  override forward(x: tf.Tensor4D): tf.Tensor {
    const y = this.norm1.call(this.stem.call(x));
    const z = this.norm2.call(this.conv.call(this.mistake === 'pool' ? y : this.wrongly(y)));
    const [batch, height, width, channels] = z.shape;
    if (this.mistake !== 'pool') return this.head.call(tf.mean(z, [1, 2]));
    return this.head.call(tf.mean(tf.reshape(z, [batch, channels, height * width]), 2));
  }

  wrongly(y: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width, channels] = y.shape;
    if (this.mistake === 'sides') return tf.transpose(y, [0, 2, 1, 3]);
    return tf.transpose(tf.reshape(y, [batch, channels, height, width]), [0, 2, 3, 1]);
  }
}

function scrambled(mistake: Scrambled['mistake']): Scrambled {
  manualSeed('scrambled');
  const model = new Scrambled();
  model.head = new Linear(16, 3);
  model.mistake = mistake;
  return model;
}

class Softmaxed extends SmallNet {
  override forward(x: tf.Tensor4D): tf.Tensor {
    return tf.softmax(super.forward(x));
  }
}

class Dead extends SmallNet {
  override forward(x: tf.Tensor4D): tf.Tensor {
    return super.forward(tf.relu(tf.sub(x, 100)) as tf.Tensor4D);
  }
}

class Huge extends SmallNet {
  override forward(x: tf.Tensor4D): tf.Tensor {
    return tf.mul(super.forward(x), 50);
  }
}

class Unused extends SmallNet {
  readonly spare: Conv2d = new Conv2d(1, 1, 1);
}

class Biased extends Module<[x: tf.Tensor4D], tf.Tensor> {
  readonly first: Sequential = new Sequential([new Conv2d(1, 1, 1), new BatchNorm2d(1)]);
  readonly rest: SmallNet = new SmallNet();
  forward(x: tf.Tensor4D): tf.Tensor {
    return this.rest.call(this.first.call(x) as tf.Tensor4D);
  }
}

function deafToTrain(): SmallNet {
  const model = smallNet();
  model.train = function train() {
    return this;
  };
  for (const module of model.modules()) module.training = false;
  return model;
}

/** A training loop that forgets something. */
function ownLoop(model: SmallNet, { zero, all }: { zero: boolean; all: boolean }) {
  const parameters = all ? model.namedParameters() : undefined;
  const groups = parameters === undefined ? parameterGroups(model) : [{ name: 'all', parameters }];
  const optimizer = createOptimizer({ name: 'sgd', learningRate: 0.01 }, groups);
  return (batch: TrainingBatch) => {
    model.train();
    if (all) model.requiresGrad_();
    tf.tidy(() => {
      const { x, targets } = toTensors(batch, labelLoss().heads);
      backward(() => labelLoss().call(model.call(x) as tf.Tensor2D, targets).total);
    });
    optimizer.step();
    if (zero) optimizer.zeroGrad();
  };
}

function frozenStem(): SmallNet {
  const model = smallNet();
  model.stem.requiresGrad_(false);
  return model;
}

const shuffledLabels = passes((batch, pass) => ({
  ...batch,
  targets: {
    label:
      pass === 0 ? (batch.targets.label as Int32Array) : (batch.targets.label as Int32Array).toReversed(),
  },
}));

const shuffledImages = passes((batch, pass) =>
  pass === 0
    ? batch
    : { ...batch, images: Rng.fromSeed(pass).fillNormal(new Float32Array(batch.images.length)) },
);

const scaled = (factor: number, shift = 0) =>
  passes((batch) => ({
    ...batch,
    images: (batch.images as Float32Array).map((value) => value * factor + shift),
  }));

const noise = passes((batch) => ({
  ...batch,
  images: new Float32Array(batch.images.length).fill(0.5),
}));

/** Mistakes, and what the check must report. */
const PLANTED: readonly [
  check: string,
  what: string,
  verdict: Verdict,
  evidence: RegExp,
  plant: () => Partial<DoctorSubject> | Promise<Partial<DoctorSubject>>,
][] = [
  [
    'overfits-one-batch',
    'images that all look alike',
    'problem',
    /fell from .* to .* in 60 steps/,
    () => ({ batches: noise }),
  ],
  [
    'initial-loss',
    'a last layer with huge weights',
    'problem',
    /guessing gives 1.1/,
    () => ({ model: new Huge() }),
  ],
  [
    'evaluation-mode',
    'predictions with dropout on',
    'problem',
    /dropout is active/,
    () => {
      const model = smallNet();
      model.train();
      return { model, predict: (x: tf.Tensor4D) => model.call(x) as tf.Tensor2D };
    },
  ],
  [
    'evaluation-mode',
    'predictions with the statistics of the batch',
    'problem',
    /batch norm uses the batch/,
    () => {
      const model = smallNet();
      model.dropout.rate = 0;
      return { model, predict: (x: tf.Tensor4D) => model.train().call(x) as tf.Tensor2D };
    },
  ],
  [
    'evaluation-mode',
    'train() that reaches no layer',
    'warning',
    /changes nothing/,
    () => ({ model: deafToTrain() }),
  ],
  [
    'gradients-zeroed',
    'a loop that does not zero',
    'problem',
    /after the same step again/,
    () => {
      const model = smallNet();
      model.dropout.rate = 0;
      return { model, trainStep: ownLoop(model, { zero: false, all: false }) };
    },
  ],
  ['raw-logits', 'softmax in the model', 'problem', /sum to 1/, () => ({ model: new Softmaxed() })],
  ['bias-before-norm', 'a bias', 'warning', /first\.0 has a bias/, () => ({ model: new Biased() })],
  [
    'samples-unmixed',
    'a reshape instead of a transpose',
    'problem',
    /by others 0\.0[1-9]/,
    () => ({ model: new Mixing() }),
  ],
  [
    'channels-unmixed',
    'a map whose channels are read as its first axis',
    'warning',
    /the output of conv follows with a correlation of -?0\.[012].*that of norm1 before it with (1|0\.9)/,
    () => ({ model: scrambled('map') }),
  ],
  [
    'channels-unmixed',
    'height and width swapped',
    'warning',
    /the output of conv follows with/,
    () => ({ model: scrambled('sides') }),
  ],
  [
    'channels-unmixed',
    'pooling over consecutive values',
    'warning',
    /averages consecutive values of the output of norm2 \(8x8x16\)/,
    () => ({ model: scrambled('pool') }),
  ],
  [
    'labels-consistent',
    'labels in another order',
    'problem',
    /another label/,
    () => ({ batches: shuffledLabels }),
  ],
  [
    'labels-consistent',
    'images in another order',
    'warning',
    /most similar to themselves/,
    () => ({ batches: shuffledImages }),
  ],
  [
    'normalization',
    'other numbers than those of the weights',
    'problem',
    /but the weights expect mean 0\.485/,
    () => ({
      normalization: { mean: [0.5], std: [0.5] },
      pretrainedInput: { mean: [0.485], std: [0.229] },
    }),
  ],
  [
    'normalization',
    'values 0..1 far from the middle',
    'warning',
    /mean 2/,
    () => ({ batches: scaled(1, 2) }),
  ],
  ['input-range', 'bytes', 'problem', /range from/, () => ({ batches: scaled(100, 128) })],
  ['input-range', 'not a number', 'problem', /not finite/, () => ({ batches: scaled(Number.NaN) })],
  ['live-layers', 'a dead layer', 'problem', /zero for all images/, () => ({ model: new Dead() })],
  [
    'live-layers',
    'a layer that explodes',
    'problem',
    /explode/,
    () => {
      const model = smallNet();
      model.conv.weight.data = tf.mul(model.conv.weight.data, 1e6);
      return { model };
    },
  ],
  [
    'live-layers',
    'a parameter that is not used',
    'warning',
    /no gradient reaches spare/,
    () => ({ model: new Unused() }),
  ],
  [
    'frozen-unchanged',
    'an optimizer that gets all parameters',
    'problem',
    /changed frozen parameters: stem\.weight/,
    () => {
      const model = frozenStem();
      return { model, trainStep: ownLoop(model, { zero: true, all: true }) };
    },
  ],
  [
    'frozen-unchanged',
    'batch norm that drifts',
    'warning',
    /running statistics/,
    () => {
      const model = frozenStem();
      model.norm1.requiresGrad_(false);
      return { model };
    },
  ],
  [
    'learning-rate-range',
    'far too high',
    'problem',
    /the learning rate is 1000; suggested is/,
    () => ({ optimizer: { name: 'sgd', learningRate: 1000 } }),
  ],
  [
    'learning-rate-range',
    'far too low',
    'problem',
    /learning rate is 1e-8; suggested is/,
    () => ({ optimizer: { name: 'adamw', learningRate: 1e-8 } }),
  ],
  [
    'validation-disjoint',
    'the same ids',
    'problem',
    /48 of 48 validation ids/,
    () => ({ validation: () => passes()(0) }),
  ],
  [
    'validation-disjoint',
    'groups in both sets',
    'problem',
    /groups are in both sets/,
    () => ({
      groupOf: (id: string) => `person ${id.at(-1)}`,
    }),
  ],
  [
    'classes-predicted',
    'a class that the last layer cannot predict',
    'warning',
    /never predicted: label 2/,
    async () => {
      const model = await trained();
      model.head.bias?.fromState({ dtype: 'float32', shape: [3], data: Float32Array.of(0, 0, -30) });
      // It predicts the others correctly, so it is better than guessing.
      return { model };
    },
  ],
];

describe('planted mistakes', () => {
  test.each(PLANTED)('%s: %s', async (name, _, verdict, evidence, plant) => {
    const found = await finding(name, subject(await plant()));
    expect(found).toMatchObject({ verdict, evidence: expect.stringMatching(evidence) });
    expect(found.fix).toBeDefined();
  });
});

test('frozen parts that do not change', async () => {
  const model = frozenStem();
  expect(await finding('frozen-unchanged', subject({ model }))).toMatchObject({ verdict: 'ok' });
});

test('a fresh model guesses, so its classes are not judged', async () => {
  expect(await finding('initial-loss', subject())).toMatchObject({ verdict: 'ok' });
  expect(await finding('classes-predicted', subject())).toMatchObject({ verdict: 'skipped' });
});

test('a check that fails with an error is a finding', async () => {
  const found = await finding('initial-loss', subject({ loss: labelLoss(2) }));
  expect(found).toMatchObject({ verdict: 'problem', evidence: expect.stringMatching(/class of "image/) });
});

test('suggests a learning rate if none is set', async () => {
  const found = await finding('learning-rate-range', subject({ optimizer: { name: 'adamw' } }));
  expect(found).toMatchObject({ verdict: 'ok' });
  expect(found.evidence).toMatch(
    /^no learning rate is set; suggested is [\d.e-]+; the loss falls fastest at/,
  );
});

test('quick checks come first, and each start says what is left', async () => {
  const starts: string[] = [];
  const left: number[][] = [];
  const checks = ['overfits-one-batch', 'learning-rate-range', 'initial-loss', 'input-range'];
  await runDoctor(subject(), {
    checks,
    onStart: ({ name, position, count, stepsLeft, batchesLeft }) => {
      starts.push(`${position}/${count} ${name}`);
      left.push([stepsLeft, batchesLeft]);
    },
  });
  expect(starts).toEqual([
    '1/4 initial-loss',
    '2/4 input-range',
    '3/4 learning-rate-range',
    '4/4 overfits-one-batch',
  ]);
  expect(left).toEqual([
    [114, 53],
    [112, 52],
    [110, 51],
    [60, 1],
  ]);
});

test('a step is timed, and leaves the model as it was', async () => {
  const model = smallNet();
  const before = stateDict(model);
  const tensors = memory().tensors;
  expect(await timeDoctorStep(subject({ model }))).toBeGreaterThan(0);
  expect(stateDict(model)).toEqual(before);
  expect(memory().tensors).toBe(tensors);
});
