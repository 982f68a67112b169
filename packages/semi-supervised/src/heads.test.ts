import { loadEngine } from '@podium/engine';
import type { AnyModule } from '@podium/nn';
import { createCheckpointStore, readCheckpointFolder } from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { memoryBatches } from '../test/memory-batches.ts';
import { CLASSES, makeImages, makeNet } from '../test/small-world.ts';
import { temporaryFolder } from '../test/temporary-folder.ts';
import { toTensors } from './batches/index.ts';
import { headsOf } from './heads.ts';
import { createSemiSupervised, semiSupervisedMethods, trainSemiSupervised } from './index.ts';

beforeAll(async () => {
  await loadEngine({ backend: 'tensorflow', threads: 2, deterministic: true });
});

/** The bright column, and whether it is the first; the second is unknown for every fifth image. */
const HEADS = [
  { name: 'column', classes: CLASSES },
  { name: 'first', classes: 2 },
];
const labeled = makeImages('labeled', 15);
const targets = {
  column: labeled.targets,
  first: labeled.targets.map((k, i) => (i % 5 === 4 ? -1 : Number(k === 0))),
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
  test('learns both, and its state is restored', async () => {
    const method = createSemiSupervised({ name, ...SETTINGS[name] }, { heads: HEADS, unlabeled: 60 });
    const models = [makeNet(1, 5), makeNet(2, 5)];
    const [student, teacher] = models.map((model) => ({
      model,
      optimizer: { name: 'sgd', learningRate: 0.1, momentum: 0.9 } as const,
    }));
    const { model, checkpoint } = await trainSemiSupervised({
      method,
      student: student!,
      ...(method.teacher === 'trained' && { teacher }),
      batches: memoryBatches({
        labeled,
        targets,
        unlabeled: makeImages('unlabeled', 60),
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
      checkpoints: createCheckpointStore({ folder: temporaryFolder() }),
      saveEvery: 'on-request',
    });
    const [column, first] = accuracies(model);
    expect(column).toBeGreaterThan(0.85);
    expect(first).toBeGreaterThan(0.85);
    const { task } = await readCheckpointFolder(checkpoint!);
    const saved = [...(task?.tensors ?? [])].filter(([path]) => path.startsWith('method.'));
    const again = createSemiSupervised({ name, ...SETTINGS[name] }, { heads: HEADS, unlabeled: 60 });
    again.loadState?.({
      tensors: new Map(saved.map(([path, tensor]) => [path.slice('method.'.length), tensor])),
      numbers: task?.numbers ?? {},
    });
    expect(again.state?.()).toEqual(method.state?.());
    expect([...(again.state?.().tensors.values() ?? [])].map(({ data }) => data)).toEqual(
      saved.map(([, { data }]) => data),
    );
    for (const each of new Set([model, ...models])) each.dispose();
  });
});

function accuracies(model: AnyModule): number[] {
  model.eval();
  const set = makeImages('test', 90);
  return tf.tidy(() => {
    const x = tf.tensor4d(
      Float32Array.from(set.images, (value) => value / 255),
      [...set.shape],
    );
    const logits = (model.call as (x: tf.Tensor) => tf.Tensor2D).call(model, x);
    const first = Array.from(set.targets, (k) => Number(k === 0));
    return headsOf(HEADS)
      .split(logits)
      .map((columns, i) => {
        const wanted = tf.tensor1d(i === 0 ? Array.from(set.targets) : first, 'int32');
        return tf.mean(tf.cast(tf.equal(tf.argMax(columns, 1), wanted), 'float32')).dataSync()[0]!;
      });
  });
}

test('targets of several heads lie side by side; a missing one is zeros', () => {
  const values = (given: Readonly<Record<string, Int32Array | Float32Array>>) => {
    const position = { epoch: 0, step: 0, steps: 1 };
    const shape = [2, 1, 1, 1] as const;
    const batch = { images: new Uint8Array(2), shape, ids: ['a', 'b'], targets: given, ...position };
    const options = { heads: HEADS, views: 'none', method: 'supervised' } as const;
    return Array.from(toTensors({ labeled: batch, ...position }, options).labeled.targets.dataSync());
  };
  expect(values({ column: Int32Array.of(2, 0), first: Int32Array.of(1, -1) })).toEqual([
    0, 0, 1, 0, 1, 1, 0, 0, 0, 0,
  ]);
  const soft = { column: Float32Array.of(0.5, 0.5, 0, 0, 0, 1), first: Float32Array.of(1, 0, 0.25, 0.75) };
  expect(values(soft)).toEqual([0.5, 0.5, 0, 1, 0, 0, 0, 1, 0.25, 0.75]);
  expect(() => values({ column: Int32Array.of(2, 0), first: Int32Array.of(2, 0) })).toThrow(
    'targets.first: the class of "a": expected 0 to 1, or -1 for no label, got 2',
  );
  expect(() => values({ column: Int32Array.of(2, 1) })).toThrow('targets.first: targets of a batch');
  const two = [HEADS[0]!, { name: 'first', classes: 1 }];
  expect(() => createSemiSupervised({ name: 'fixmatch' }, { heads: two })).toThrow(
    'first: classes to learn: expected at least 2',
  );
});
