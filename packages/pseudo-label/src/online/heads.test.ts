import { loadEngine } from '@podium/engine';
import { type AnyModule, stateDict } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { CLASSES, net, pictures, Sgd } from '../../test/small-world.ts';
import { toTensors } from './batch.ts';
import { headsOf } from './heads.ts';
import {
  createSemiSupervised,
  mixedBatches,
  type RunState,
  semiSupervisedMethods,
  trainSemiSupervised,
} from './index.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'tensorflow', threads: 2, deterministic: true });
});

/** The bright column, and whether it is the first; the second is unknown of every fifth image. */
const WIDTHS = [CLASSES, 2];
const { images, shape, targets } = pictures('labeled', 15);
const labeled = {
  images,
  shape,
  targets: Int32Array.from(Array.from(targets).flatMap((k, i) => [k, i % 5 === 4 ? -1 : Number(k === 0)])),
};

/** Weights and thresholds for a run of 40 steps. */
const SETTINGS: Readonly<Record<string, object>> = {
  fixmatch: { threshold: 0.5 },
  flexmatch: { threshold: 0.5 },
  'mean-teacher': { weight: 5 },
  'meta-pseudo-labels': { udaWeight: 1 },
  'pi-model': { weight: 5 },
  'pseudo-label': { weight: 1, from: 0.3, to: 0.8 },
};

describe.each(semiSupervisedMethods.names())('%s with two heads', (name) => {
  test('learns both, and comes back from its state', async () => {
    const method = createSemiSupervised({ name, ...SETTINGS[name] }, { classes: WIDTHS, unlabeled: 60 });
    const models = [net(1, 5), net(2, 5)];
    const [student, teacher] = models.map((model) => ({ model, optimizer: new Sgd(model, 0.1, 0.9) }));
    const states: RunState[] = [];
    const { model } = await trainSemiSupervised({
      method,
      student: student!,
      ...(method.teacher === 'trained' && teacher !== undefined ? { teacher } : {}),
      batches: mixedBatches({
        labeled,
        unlabeled: pictures('unlabeled', 60),
        batchSize: 6,
        ratio: 3,
        seed: 5,
        strong: (image, rng) => ({
          ...image,
          data: image.data.map((value) => Math.min(255, value + rng.int(60))),
        }),
      }),
      steps: 40,
      seed: 1,
      checkpoint: { every: 40, save: (state) => void states.push(state) },
    });
    const right = accuracies(model);
    expect(right[0]).toBeGreaterThan(0.85);
    expect(right[1]).toBeGreaterThan(0.85);
    const tensors = Array.from(states[0]!.tensors).filter(([path]) => path.startsWith('method/'));
    method.loadState?.({
      tensors: new Map(tensors.map(([path, tensor]) => [path.slice('method/'.length), tensor])),
      numbers: {},
    });
    expect([...(method.state?.().tensors ?? [])].map(([, { data }]) => data)).toEqual(
      tensors.map(([, { data }]) => data),
    );
    expect(stateDict(model).size).toBeGreaterThan(0);
    for (const each of new Set([model, ...models])) each.dispose();
  });
});

function accuracies(model: AnyModule): number[] {
  model.eval();
  const test = pictures('test', 90);
  return tf.tidy(() => {
    const x = tf.tensor4d(
      Float32Array.from(test.images, (value) => value / 255),
      [...test.shape],
    );
    const logits = (model.call as (x: tf.Tensor) => tf.Tensor2D).call(model, x);
    const first = Array.from(test.targets, (k) => Number(k === 0));
    return headsOf(WIDTHS)
      .split(logits)
      .map((columns, i) => {
        const wanted = tf.tensor1d(i === 0 ? Array.from(test.targets) : first, 'int32');
        return tf.mean(tf.cast(tf.equal(tf.argMax(columns, 1), wanted), 'float32')).dataSync()[0]!;
      });
  });
}

test('targets of several heads stand side by side; a missing one is zeros', async () => {
  const options = { widths: WIDTHS, views: 'none', method: 'supervised' } as const;
  const batch = (given: Int32Array | Float32Array) => ({
    labeled: { images: new Uint8Array(2), shape: [2, 1, 1, 1] as const, targets: given },
  });
  const values = (given: Int32Array | Float32Array) =>
    Array.from(toTensors(batch(given), options).labeled.targets.dataSync());
  expect(values(Int32Array.of(2, 1, 0, -1))).toEqual([0, 0, 1, 0, 1, 1, 0, 0, 0, 0]);
  const soft = Float32Array.of(0.5, 0.5, 0, 1, 0, 0, 0, 1, 0.25, 0.75);
  expect(values(soft)).toEqual([...soft]);
  expect(() => values(Int32Array.of(2, 2, 0, 0))).toThrow(
    'labeled.targets.1: a batch: expected a class from 0 to 1',
  );
  expect(() => values(Int32Array.of(2, 1))).toThrow('2 x 2 classes, or 2 x 5 numbers');
  expect(() => createSemiSupervised({ name: 'fixmatch' }, { classes: [3, 1] })).toThrow(
    'expected at least 2',
  );
});
