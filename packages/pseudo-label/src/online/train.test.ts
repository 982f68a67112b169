import { loadEngine, memory } from '@podium/engine';
import { type AnyModule, type StateTensor, stateDict } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { CLASSES, net, pictures, Sgd } from '../../test/small-world.ts';
import {
  createSemiSupervised,
  type MethodOptions,
  mixedBatches,
  type RunState,
  type SemiSupervisedBatch,
  type SemiSupervisedSettings,
  semiSupervisedMethods,
  trainSemiSupervised,
  type View,
} from './index.ts';
import { moveToward } from './moving-average.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'tensorflow', threads: 2, deterministic: true });
});

const noisy =
  (most: number): View =>
  (image, rng) => ({ ...image, data: image.data.map((value) => Math.min(255, value + rng.int(most))) });

const [LABELED, UNLABELED] = [pictures('labeled', 12), pictures('unlabeled', 60)];
const batches = mixedBatches({
  labeled: LABELED,
  unlabeled: UNLABELED,
  batchSize: 6,
  ratio: 3,
  seed: 5,
  weak: noisy(20),
  strong: noisy(90),
});
/** Little is sure in so short a run. */
const SETTINGS: Readonly<Record<string, object>> = {
  fixmatch: { threshold: 0.5 },
  flexmatch: { threshold: 0.5 },
  'mean-teacher': { weight: 5 },
  'meta-pseudo-labels': { udaWeight: 1 },
  'pi-model': { weight: 5 },
};

interface World {
  readonly settings: SemiSupervisedSettings;
  readonly models: AnyModule[];
  dispose(): void;
}

function world(options: MethodOptions, more: Partial<SemiSupervisedSettings> = {}): World {
  const method = createSemiSupervised(options, { classes: CLASSES, unlabeled: UNLABELED.shape[0] });
  const models = method.teacher === 'trained' ? [net(1), net(2)] : [net(1)];
  const optimizers = models.map((model) => new Sgd(model, 0.1, 0.9));
  const [student, teacher] = models.map((model, i) => ({ model, optimizer: optimizers[i]! }));
  return {
    settings: {
      method,
      student: student!,
      teacher,
      batches,
      steps: 6,
      seed: 3,
      ...more,
    },
    models,
    dispose: () => {
      for (const each of [...models, ...optimizers]) each.dispose();
    },
  };
}

const optionsOf = (name: string): MethodOptions => ({ name, ...SETTINGS[name] });

const bits = (tensors: ReadonlyMap<string, StateTensor>) =>
  Object.fromEntries(
    Array.from(tensors, ([path, { data }]) => [path, Array.from(data as Float32Array).join()]),
  );

function accuracy(model: AnyModule): number {
  model.eval();
  const { images, shape, targets } = pictures('test', 90);
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
    const run = async (more: Partial<SemiSupervisedSettings>) => {
      const states: RunState[] = [];
      const { settings, dispose } = world(optionsOf(name), {
        average: { decay: 0.9 },
        checkpoint: { every: 3, save: (state) => void states.push(state) },
        ...more,
      });
      const { model, ...result } = await trainSemiSupervised(settings);
      if (model !== settings.student.model) model.dispose();
      dispose();
      expect(result).toMatchObject({ reason: 'done', steps: 6 });
      return states;
    };
    const [half, whole] = await run({});
    expect(half?.numbers.step).toBe(3);
    const [, again] = await run({});
    // Looking at a model between steps changes nothing.
    const [, judged] = await run({ evaluate: { every: 2, run: (model) => ({ accuracy: accuracy(model) }) } });
    const through = { ...half, numbers: JSON.parse(JSON.stringify(half?.numbers)) } as RunState;
    const [resumed] = await run({ resume: through });
    const wanted = bits(whole!.tensors);
    expect(bits(again!.tensors)).toEqual(wanted);
    expect(bits(judged!.tensors)).toEqual(wanted);
    expect(bits(resumed!.tensors)).toEqual(wanted);
    expect(wanted).not.toEqual(bits(half!.tensors));
    expect(resumed?.numbers).toEqual(whole?.numbers);
    expect(memory().tensors).toBe(before);
  });

  test('learns', async () => {
    const steps = 40;
    const { settings, dispose } = world(optionsOf(name), { steps });
    const tensors: number[] = [];
    const { model, history } = await trainSemiSupervised({
      ...settings,
      evaluate: { every: 25, run: (evaluated) => ({ accuracy: accuracy(evaluated) }) },
      onEvent: ({ type }) => void (type === 'step' && tensors.push(memory().tensors)),
    });
    // The first steps have no momentum yet.
    expect(new Set(tensors.slice(2, 22)).size).toBe(1);
    expect(history.map(({ step }) => step)).toEqual([25, steps]);
    expect(history.at(-1)?.metrics.accuracy).toBeGreaterThan(0.9);
    if (model !== settings.student.model) model.dispose();
    dispose();
  });

  test('its entry says what it is', () => {
    const { defaults, ratio, summary, reference } = semiSupervisedMethods.get(name);
    expect(summary).toMatch(/^\S.{10,90}$/);
    expect(reference.length).toBeGreaterThan(3);
    expect(ratio).toBeGreaterThanOrEqual(0);
    expect(() => createSemiSupervised({ name, ...defaults }, { classes: 2, unlabeled: 9 })).not.toThrow();
    expect(() => createSemiSupervised({ name, nosuch: 1 }, { classes: 2, unlabeled: 9 })).toThrow(
      `${name}.nosuch: there is no such setting`,
    );
  });
});

test('mean teacher is the running average, exactly', async () => {
  const expected: Record<string, number[]>[] = [];
  const { settings, dispose } = world({ name: 'mean-teacher', ramp: 0.5, earlyDecay: 0.4, decay: 0.7 });
  const seen: Record<string, number[]>[] = [];
  const { model } = await trainSemiSupervised({
    ...settings,
    evaluate: {
      every: 1,
      run: (teacher) => {
        const values = (module: AnyModule) =>
          Object.fromEntries(
            module.namedParameters().map(([path, { variable }]) => [path, Array.from(variable.dataSync())]),
          );
        // As whoever judges it does; the next step runs in training mode again.
        teacher.eval();
        seen.push(values(teacher));
        const step = seen.length - 1;
        const kept = Math.min(step / 6 < 0.5 ? 0.4 : 0.7, 1 - 1 / (step + 1));
        const before = expected.at(-1);
        const own = values(settings.student.model);
        expected.push(
          Object.fromEntries(
            Object.entries(own).map(([path, list]) => [
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

test('an average moves all the way, or not at all', () => {
  const [a, b] = [net(1), net(2)];
  const before = bits(stateDict(a));
  moveToward(a, b, 0, true);
  expect(bits(stateDict(a))).toEqual(before);
  moveToward(a, b, 1, true);
  expect(bits(stateDict(a))).toEqual(bits(stateDict(b)));
  a.dispose();
  b.dispose();
});

test('a signal ends the run after its step, and it can be resumed', async () => {
  const controller = new AbortController();
  const states: RunState[] = [];
  const { settings, dispose } = world(optionsOf('fixmatch'), { signal: controller.signal });
  const result = await trainSemiSupervised({
    ...settings,
    evaluate: {
      every: 2,
      run: () => {
        controller.abort();
        return {};
      },
    },
    checkpoint: { every: 100, save: (state) => void states.push(state) },
  });
  expect(result).toMatchObject({ reason: 'signal', steps: 2 });
  expect(states.map(({ numbers }) => numbers.step)).toEqual([2]);
  dispose();
});

test('bfloat16 changes convolutions, not the format of losses', async () => {
  for (const name of semiSupervisedMethods.names()) {
    const { settings, dispose } = world(optionsOf(name), { precision: 'bfloat16', steps: 2 });
    const losses: number[] = [];
    const { model } = await trainSemiSupervised({
      ...settings,
      onEvent: (event) => void (event.type === 'step' && losses.push(event.losses.total!)),
    });
    expect(losses.every(Number.isFinite)).toBe(true);
    if (model !== settings.student.model) model.dispose();
    dispose();
  }
});

describe('refuses', () => {
  const first = () => batches(0).next().value as SemiSupervisedBatch;
  const fixmatch =
    (batch: SemiSupervisedBatch, more: Partial<SemiSupervisedSettings> = {}) =>
    async () => {
      const { settings, dispose } = world(optionsOf('fixmatch'), { batches: () => [batch, batch], steps: 2 });
      try {
        return await trainSemiSupervised({ ...settings, ...more });
      } finally {
        dispose();
      }
    };

  test('a teacher with other classes than the student, before anything has moved', async () => {
    const { settings, models, dispose } = world(optionsOf('meta-pseudo-labels'));
    const before = bits(stateDict(models[0]!));
    const other = net(2, CLASSES + 1);
    await expect(
      trainSemiSupervised({ ...settings, teacher: { model: other, optimizer: new Sgd(other, 0.1) } }),
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
    const method = createSemiSupervised({ name: 'meta-pseudo-labels' }, { classes: CLASSES });
    await expect(trainSemiSupervised({ ...settings, method })).rejects.toThrow('give one as `teacher`');
    await expect(trainSemiSupervised({ ...settings, method, teacher: settings.student })).rejects.toThrow(
      'another model and another optimizer',
    );
    dispose();
  });

  test.each([1, 0, 2.5])('%d classes', (classes) => {
    expect(() => createSemiSupervised({ name: 'fixmatch' }, { classes })).toThrow('expected at least 2');
  });

  test('settings out of range', () => {
    const create = (options: MethodOptions) => () => createSemiSupervised(options, { classes: 3 });
    expect(create({ name: 'fixmatch', threshold: 1.5 })).toThrow('fixmatch.threshold');
    expect(create({ name: 'fixmatch', treshold: 0.5 })).toThrow('did you mean "threshold"?');
    expect(create({ name: 'fixmach' })).toThrow('did you mean "fixmatch"?');
    expect(create({ name: 'flexmatch' })).toThrow('the number of its images');
    expect(create({ name: 'meta-pseudo-labels', labels: 'soft' })).toThrow('sampled|hard');
  });

  test.each([
    ['no unlabeled images', ({ labeled }) => ({ labeled }), 'learns from unlabeled images'],
    [
      'no second view',
      ({ labeled, unlabeled }) => ({
        labeled,
        unlabeled: { shape: unlabeled?.shape, weak: unlabeled?.weak },
      }),
      'compares two views',
    ],
    [
      'other sizes',
      ({ labeled, unlabeled }) => ({ labeled, unlabeled: { ...unlabeled, shape: [72, 2, 2, 1] } }),
      'resize both',
    ],
    [
      'too few bytes',
      ({ labeled, unlabeled }) => ({ labeled: { ...labeled, images: new Uint8Array(3) }, unlabeled }),
      'labeled.images',
    ],
    [
      'no label',
      ({ labeled, unlabeled }) => ({
        labeled: { ...labeled, targets: Int32Array.of(0, 1, 2, 0, -1, 1) },
        unlabeled,
      }),
      'labeled.targets.4',
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
    await expect(fixmatch(change(first()) as SemiSupervisedBatch)()).rejects.toThrow(message);
  });

  test('too few batches, no steps, the state of another run', async () => {
    await expect(fixmatch(first(), { steps: 3 })()).rejects.toThrow('expected 3 batches, got 2');
    await expect(fixmatch(first(), { steps: 0 })()).rejects.toThrow('steps: expected a whole number above 0');
    const numbers = { method: 'fixmatch', seed: 4, step: 1, steps: 2, parts: {} };
    await expect(fixmatch(first(), { resume: { tensors: new Map(), numbers } })()).rejects.toThrow(
      'seed: the checkpoint is of another run: expected 3, got 4',
    );
  });
});

describe('mixed batches', () => {
  const settings = { labeled: LABELED, unlabeled: UNLABELED, batchSize: 5, ratio: 2, seed: 1 };

  test('go through both sets evenly, and start anywhere', () => {
    const make = mixedBatches({ ...settings, strong: noisy(50) });
    const all = make(0);
    const seen = new Map<number, number>();
    for (let step = 0; step < 12; step++) {
      const batch = all.next().value as SemiSupervisedBatch;
      expect(make(step).next().value).toEqual(batch);
      for (const row of batch.unlabeled?.rows ?? []) seen.set(row, (seen.get(row) ?? 0) + 1);
    }
    expect(seen.size).toBe(60);
    expect(new Set(seen.values())).toEqual(new Set([2]));
    expect((make(0).next().value as SemiSupervisedBatch).unlabeled?.strong).not.toEqual(
      (make(0).next().value as SemiSupervisedBatch).unlabeled?.weak,
    );
  });

  test.each([
    [
      'an empty unlabeled set',
      { unlabeled: { images: new Uint8Array(), shape: [0, 4, 4, 1] } },
      'online-no-unlabeled',
    ],
    [
      'no labeled images',
      { labeled: { images: new Uint8Array(), shape: [0, 4, 4, 1], targets: new Int32Array() } },
      'online-no-labeled',
    ],
    ['one class', { labeled: { ...LABELED, targets: new Int32Array(12) } }, 'online-one-class'],
    ['a wrong shape', { labeled: { ...LABELED, shape: [12, 4, 3, 1] } }, 'online-images'],
    ['other sizes', { unlabeled: { images: new Uint8Array(4), shape: [1, 2, 2, 1] } }, 'online-images'],
    ['no batch size', { batchSize: 0 }, 'online-setting'],
    ['no ratio', { ratio: Number.NaN }, 'online-setting'],
  ])('refuse %s', (_, change, code) => {
    expect(() => mixedBatches({ ...settings, ...(change as object) })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test('refuse views of another size', () => {
    const make = mixedBatches({ ...settings, weak: (image) => ({ ...image, data: image.data.subarray(1) }) });
    expect(() => make(0).next()).toThrow('a view of an image');
  });

  test('ratio 0 needs no unlabeled images', () => {
    const make = mixedBatches({
      ...settings,
      ratio: 0,
      unlabeled: { images: new Uint8Array(), shape: [0, 4, 4, 1] },
    });
    expect((make(0).next().value as SemiSupervisedBatch).unlabeled).toBeUndefined();
  });
});
