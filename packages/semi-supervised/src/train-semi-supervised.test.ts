import { loadEngine, memory } from '@podium/engine';
import { type AnyModule, type StateDict, stateDict } from '@podium/nn';
import {
  createCheckpointStore,
  createEma,
  readCheckpointFolder,
  type TrainingCheckpoint,
} from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { listBatches, memoryBatches, type View } from '../test/memory-batches.ts';
import { CLASSES, makeImages, makeNet } from '../test/small-world.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import type { SemiSupervisedBatch } from './batches/index.ts';
import { createEmaTeacher } from './ema-teacher.ts';
import {
  createSemiSupervised,
  type MethodOptions,
  type SemiSupervisedSettings,
  semiSupervisedMethods,
  trainSemiSupervised,
} from './index.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'tensorflow', threads: 2, deterministic: true });
});

const noisy =
  (amount: number): View =>
  (image, rng) => ({ ...image, data: image.data.map((value) => Math.min(255, value + rng.int(amount))) });

const [LABELED, UNLABELED] = [makeImages('labeled', 12), makeImages('unlabeled', 60)];
const HEADS = [{ name: 'label', classes: CLASSES }];
const batches = memoryBatches({
  labeled: LABELED,
  targets: { label: LABELED.targets },
  unlabeled: UNLABELED,
  batchSize: 6,
  ratio: 3,
  seed: 5,
  weak: noisy(20),
  strong: noisy(90),
});
/** Weights and thresholds for runs of 6 to 40 steps, in which a network is rarely confident. */
const SETTINGS: Readonly<Record<string, object>> = {
  fixmatch: { threshold: 0.5 },
  flexmatch: { threshold: 0.5 },
  'mean-teacher': { weight: 5 },
  'meta-pseudo-labels': { udaWeight: 1 },
  'pi-model': { weight: 5 },
  'pseudo-label': { weight: 1, from: 0.3, to: 0.8 },
};
const OPTIMIZER = { name: 'sgd', learningRate: 0.1, momentum: 0.9 } as const;

interface World {
  readonly settings: SemiSupervisedSettings;
  readonly models: AnyModule[];
  dispose(): void;
}

function world(options: MethodOptions, changes: Partial<SemiSupervisedSettings> = {}): World {
  const method = createSemiSupervised(options, { heads: HEADS, unlabeled: UNLABELED.shape[0] });
  const models = method.teacher === 'trained' ? [makeNet(1), makeNet(2)] : [makeNet(1)];
  const [student, teacher] = models.map((model) => ({ model, optimizer: OPTIMIZER }));
  return {
    settings: { method, student: student!, teacher, batches, steps: 6, seed: 3, ...changes },
    models,
    dispose: () => {
      for (const model of models) model.dispose();
    },
  };
}

const optionsOf = (name: string): MethodOptions => ({ name, ...SETTINGS[name] });

const bits = (tensors: StateDict = new Map()) =>
  Object.fromEntries(Array.from(tensors, ([path, { data }]) => [path, Array.from(data, String).join()]));

/** Everything in a checkpoint that decides about later steps. */
function stateOf({ learners = {}, task, progress, loader, ...learner }: TrainingCheckpoint) {
  const { step, batch, epoch, epochDone, lossSum, lossCount, history } = progress;
  return {
    learners: [learner, ...Object.values(learners)].map(({ weights, optimizer, average, schedule }) => ({
      weights: bits(weights),
      optimizer: bits(optimizer.tensors),
      average: bits(average?.tensors),
      numbers: [optimizer.numbers, average?.numbers, schedule],
    })),
    task: [bits(task?.tensors), task?.numbers],
    loader,
    progress: { step, batch, epoch, epochDone, lossSum, lossCount, history },
  };
}

function accuracy(model: AnyModule): number {
  model.eval();
  const { images, shape, targets } = makeImages('test', 90);
  return tf.tidy(() => {
    const x = tf.tensor4d(
      Float32Array.from(images, (value) => value / 255),
      [...shape],
    );
    const logits = (model.call as (x: tf.Tensor) => tf.Tensor).call(model, x);
    const right = tf.equal(tf.argMax(logits, 1), tf.tensor1d(targets, 'int32'));
    return tf.mean(tf.cast(right, 'float32')).dataSync()[0]!;
  });
}

describe.each(semiSupervisedMethods.names())('%s', (name) => {
  test('same seed, same bits; a resumed run too; and no tensor is left', async () => {
    const before = memory().tensors;
    const run = async (folder: string, changes: Partial<SemiSupervisedSettings> = {}) => {
      const average = createEma({ decay: 0.9, initialWeights: true });
      const { settings, dispose } = world(optionsOf(name), {
        checkpoints: createCheckpointStore({ folder }),
        saveEvery: { steps: 2 },
        ...changes,
      });
      const student = { ...settings.student, average: { weights: average } };
      const { model, checkpoint, ...result } = await trainSemiSupervised({ ...settings, student });
      if (model !== student.model) model.dispose();
      average.dispose();
      dispose();
      return { ...result, state: stateOf(await readCheckpointFolder(checkpoint!)) };
    };
    const unbroken = await run(temporaryFolder());
    expect(unbroken).toMatchObject({ reason: 'done', steps: 6, unfinished: false });
    expect((await run(temporaryFolder())).state).toEqual(unbroken.state);
    // Looking at a model between steps changes nothing.
    const validation = { every: { steps: 2 }, run: (model: AnyModule) => ({ accuracy: accuracy(model) }) };
    const validated = await run(temporaryFolder(), { validation });
    expect(validated.state.learners).toEqual(unbroken.state.learners);
    expect(validated.state.task).toEqual(unbroken.state.task);

    const folder = temporaryFolder();
    const controller = new AbortController();
    const stopped = await run(folder, {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 2) controller.abort();
      },
    });
    // Within the first epoch, which has 3 steps.
    expect(stopped).toMatchObject({ reason: 'signal', steps: 2, epochs: 0, unfinished: true });
    expect(stopped.state.learners).not.toEqual(unbroken.state.learners);
    const resumed = await run(folder);
    expect(resumed).toMatchObject({ reason: 'done', steps: 6 });
    expect(resumed.state).toEqual(unbroken.state);
    expect(memory().tensors).toBe(before);
  });

  test('learns', async () => {
    const steps = 40;
    const { settings, dispose } = world(optionsOf(name), { steps });
    const tensors: number[] = [];
    const { model, history } = await trainSemiSupervised({
      ...settings,
      validation: { every: { steps: 25 }, run: (validated) => ({ accuracy: accuracy(validated) }) },
      onEvent: ({ type }) => void (type === 'step' && tensors.push(memory().tensors)),
    });
    // An epoch, 3 steps, ends with a wait for the device.
    expect(tensors.slice(5, 22)).toEqual(tensors.slice(2, 19));
    const validated = history.filter(({ metrics }) => metrics.accuracy !== undefined);
    expect(validated.map(({ step }) => step)).toEqual([25, steps]);
    expect(validated.at(-1)?.metrics.accuracy).toBeGreaterThan(0.9);
    if (model !== settings.student.model) model.dispose();
    dispose();
  });

  test('its entry says what it is', () => {
    const { settings, ratio, summary, reference } = semiSupervisedMethods.get(name);
    expect(summary).toMatch(/^[A-Z].{10,90}\.$/);
    expect(reference.length).toBeGreaterThan(3);
    expect(ratio).toBeGreaterThanOrEqual(0);
    for (const [key, schema] of Object.entries(settings.shape)) {
      expect((schema as { description?: string }).description, key).toMatch(/^\S.{10,}/);
    }
    const create = (given: object) =>
      createSemiSupervised({ name, ...given }, { heads: HEADS, unlabeled: 9 });
    expect(create(settings.parse({})).settings).toEqual(settings.parse({}));
    expect(() => create({ nosuch: 1 })).toThrow(`nosuch: method "${name}" has no such setting`);
  });
});

test('mean teacher is the running average, exactly', async () => {
  const expected: Record<string, number[]>[] = [];
  const { settings, dispose } = world({ name: 'mean-teacher', ramp: 0.5, earlyDecay: 0.4, decay: 0.7 });
  const seen: Record<string, number[]>[] = [];
  const { model } = await trainSemiSupervised({
    ...settings,
    validation: {
      every: { steps: 1 },
      run: (teacher) => {
        const values = (module: AnyModule) =>
          Object.fromEntries(
            module.namedParameters().map(([path, { variable }]) => [path, Array.from(variable.dataSync())]),
          );
        // The next step runs in training mode again.
        teacher.eval();
        seen.push(values(teacher));
        const step = seen.length - 1;
        const kept = Math.min(step / 6 < 0.5 ? 0.4 : 0.7, 1 - 1 / (step + 1));
        const before = expected.at(-1);
        expected.push(
          Object.fromEntries(
            Object.entries(values(settings.student.model)).map(([path, list]) => [
              path,
              list.map((value, i) => kept * (before?.[path]?.[i] ?? 0) + (1 - kept) * value),
            ]),
          ),
        );
        return {};
      },
    },
  });
  expect(seen).toHaveLength(6);
  for (const [step, values] of seen.entries()) {
    for (const [path, list] of Object.entries(values)) {
      const wanted = expected[step]![path]!;
      for (const [i, value] of list.entries()) expect(value).toBeCloseTo(wanted[i]!, 6);
    }
  }
  // Running statistics are the teacher's own: it has seen the weak views, in every step.
  expect(stateDict(model).get('norm.num_batches_tracked')?.data[0]).toBe(6n);
  expect(bits(stateDict(model))['norm.running_mean']).not.toBe(
    bits(stateDict(settings.student.model))['norm.running_mean'],
  );
  model.dispose();
  dispose();
});

test('an EMA teacher moves all the way, or not at all', () => {
  const [student, other] = [makeNet(1), makeNet(2)];
  const teacher = createEmaTeacher(student);
  const before = bits(stateDict(teacher.model));
  teacher.follow(other, 1);
  expect(bits(stateDict(teacher.model))).toEqual(before);
  teacher.follow(other, 0);
  expect(bits(stateDict(teacher.model))).toEqual(bits(stateDict(other)));
  for (const model of [student, other, teacher.model]) model.dispose();
});

test('the average that includes the initial weights is validated, exactly', async () => {
  const decay = 0.8;
  const average = createEma({ decay, initialWeights: true });
  const { settings, models, dispose } = world(optionsOf('fixmatch'), { steps: 3 });
  const values = (model: AnyModule) => Array.from(model.parameters()[0]!.variable.dataSync());
  let expected = values(models[0]!);
  const trained: number[][] = [];
  await trainSemiSupervised({
    ...settings,
    student: { ...settings.student, average: { weights: average } },
    callbacks: [
      {
        name: 'watch',
        on: {},
        hooks: { afterStep: ({ model }) => void trained.push(values(model)) },
      },
    ],
    validation: {
      every: { steps: 1 },
      run: (model) => {
        const own = trained.at(-1)!;
        expected = expected.map((value, i) => decay * value + (1 - decay) * own[i]!);
        for (const [i, value] of values(model).entries()) expect(value).toBeCloseTo(expected[i]!, 6);
        return {};
      },
    },
  });
  expect(trained).toHaveLength(3);
  average.dispose();
  dispose();
});

test('batches are accumulated into one step', async () => {
  const { settings, dispose } = world(optionsOf('fixmatch'), { accumulate: 2, steps: 3 });
  const images: number[] = [];
  const result = await trainSemiSupervised({
    ...settings,
    onEvent: (event) => void (event.type === 'step' && images.push(event.images)),
  });
  // An epoch, 3 batches of 6 labeled and 18 unlabeled images in two views, ends with a step of one batch.
  expect(result).toMatchObject({ reason: 'done', steps: 3 });
  expect(images).toEqual([84, 42, 84]);
  dispose();
  const trained = world(optionsOf('meta-pseudo-labels'), { accumulate: 2 });
  await expect(trainSemiSupervised(trained.settings)).rejects.toThrow(
    'accumulate: expected 1: meta-pseudo-labels takes several steps per batch',
  );
  trained.dispose();
});

test('bfloat16 changes convolutions, not the format of losses', async () => {
  for (const name of semiSupervisedMethods.names()) {
    const { settings, dispose } = world(optionsOf(name), { precision: 'bfloat16', steps: 2 });
    const losses: number[] = [];
    const { model } = await trainSemiSupervised({
      ...settings,
      onEvent: (event) => void (event.type === 'step' && losses.push(event.loss)),
    });
    expect(losses.every(Number.isFinite)).toBe(true);
    if (model !== settings.student.model) model.dispose();
    dispose();
  }
});

describe('rejects', () => {
  const first = async () => {
    const source = await batches(undefined);
    for await (const batch of source) return batch;
    throw new Error('no batch');
  };
  const fixmatch = async (batch: SemiSupervisedBatch, changes: Partial<SemiSupervisedSettings> = {}) => {
    const { settings, dispose } = world(optionsOf('fixmatch'), {
      batches: listBatches([batch, batch]),
      steps: 2,
    });
    try {
      return await trainSemiSupervised({ ...settings, ...changes });
    } finally {
      dispose();
    }
  };

  test('a teacher with other classes than the student, before anything has moved', async () => {
    const { settings, models, dispose } = world(optionsOf('meta-pseudo-labels'));
    const before = bits(stateDict(models[0]!));
    const other = makeNet(2, CLASSES + 1);
    await expect(
      trainSemiSupervised({ ...settings, teacher: { model: other, optimizer: OPTIMIZER } }),
    ).rejects.toThrow('output of the teacher: expected logits [B,3], got [42,4]');
    expect(bits(stateDict(models[0]!))).toEqual(before);
    other.dispose();
    dispose();
  });

  test('teachers that a method does not have, and methods without theirs', async () => {
    const { settings, dispose } = world(optionsOf('fixmatch'));
    await expect(trainSemiSupervised({ ...settings, teacher: settings.student })).rejects.toThrow(
      'teacher of fixmatch: expected none',
    );
    const method = createSemiSupervised({ name: 'meta-pseudo-labels' }, { heads: HEADS });
    await expect(trainSemiSupervised({ ...settings, method })).rejects.toThrow('give one as `teacher`');
    await expect(trainSemiSupervised({ ...settings, method, teacher: settings.student })).rejects.toThrow(
      'expected another model',
    );
    dispose();
  });

  test.each([1, 0, 2.5])('%d classes', (classes) => {
    expect(() => createSemiSupervised({ name: 'fixmatch' }, { heads: [{ name: 'label', classes }] })).toThrow(
      'expected at least 2',
    );
  });

  test('settings out of range', () => {
    const create = (options: MethodOptions) => () => createSemiSupervised(options, { heads: HEADS });
    expect(create({ name: 'fixmatch', threshold: 1.5 })).toThrow('threshold: method "fixmatch"');
    expect(create({ name: 'fixmatch', treshold: 0.5 })).toThrow('did you mean "threshold"?');
    expect(create({ name: 'fixmach' })).toThrow('did you mean "fixmatch"?');
    expect(create({ name: 'flexmatch' })).toThrow('the number of its images');
    expect(create({ name: 'meta-pseudo-labels', labels: 'soft' })).toThrow('sampled|hard');
  });

  test.each([
    ['no unlabeled images', ({ labeled }) => ({ labeled }), 'learns from unlabeled images'],
    [
      'no second view',
      ({ labeled, unlabeled }) => ({ labeled, unlabeled: { ...unlabeled, views: 1, indices: undefined } }),
      'compares two views',
    ],
    [
      'other sizes',
      ({ labeled, unlabeled }) => ({ labeled, unlabeled: { ...unlabeled, shape: [144, 2, 2, 1] } }),
      'resize both',
    ],
    [
      'views of unequal size',
      ({ labeled, unlabeled }) => ({ labeled, unlabeled: { ...unlabeled, views: 5 } }),
      'as many images of each view',
    ],
    [
      'too few bytes',
      ({ labeled, unlabeled }) => ({ labeled: { ...labeled, images: new Uint8Array(3) }, unlabeled }),
      'labeled.images',
    ],
    [
      'no label',
      ({ labeled, unlabeled }) => ({
        labeled: { ...labeled, targets: { label: Int32Array.of(0, 1, 2, 0, -1, 1) } },
        unlabeled,
      }),
      'labeled.targets.label: a batch: expected a class from 0 to 2, got no label for "labeled-',
    ],
    [
      'infinite values',
      ({ labeled, unlabeled }) => ({
        labeled: { ...labeled, images: new Float32Array(96).fill(Number.POSITIVE_INFINITY) },
        unlabeled,
      }),
      'went beyond finite numbers',
    ],
  ] as [string, (batch: SemiSupervisedBatch) => unknown, string][])('%s', async (_, change, message) => {
    await expect(fixmatch(change(await first()) as SemiSupervisedBatch)).rejects.toThrow(message);
  });

  test('too few batches, no steps, the checkpoint of another run', async () => {
    const batch = await first();
    await expect(fixmatch(batch, { steps: 3 })).rejects.toThrow('expected 3 steps, got 2');
    await expect(fixmatch(batch, { steps: 0 })).rejects.toThrow(
      'steps: expected a whole number of at least 1',
    );
    const checkpoints = createCheckpointStore({ folder: temporaryFolder() });
    await fixmatch(batch, { checkpoints });
    const other = world(optionsOf('pi-model'), {
      checkpoints,
      steps: 2,
      batches: listBatches([batch, batch]),
    });
    await expect(trainSemiSupervised(other.settings)).rejects.toThrow('task was "fixmatch", is "pi-model"');
    other.dispose();
    await expect(fixmatch(batch, { checkpoints, steps: 4 })).rejects.toThrow('steps was 2, is 4');
  });
});
