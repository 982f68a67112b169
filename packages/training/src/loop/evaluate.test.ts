import { loadEngine } from '@podium/engine';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeSet, memoryBatches } from '../../test/memory-loader.ts';
import { smallNet } from '../../test/small-net.ts';
import type { TrainingBatch } from '../batches/index.ts';
import { createHeadsLoss, type LossOptions } from '../losses/index.ts';
import { evaluate, validate } from './evaluate.ts';

const CLASSES = 3;
const set = makeSet(14, { classes: CLASSES });

beforeAll(async () => {
  await loadEngine({ threads: 2 });
});

/** The batches of the set, with some labels missing: all of the third batch of four. */
async function* batches(size: number): AsyncGenerator<TrainingBatch> {
  const isMissing = (id: string) =>
    ['image-0', 'image-1', 'image-8', 'image-9', 'image-10', 'image-11'].includes(id);
  for await (const batch of memoryBatches(set, size)) {
    const label = batch.targets.label as Int32Array;
    yield { ...batch, targets: { label: label.map((k, i) => (isMissing(batch.ids[i]!) ? -1 : k)) } };
  }
}

describe.each<[string, LossOptions]>([
  ['cross-entropy', { name: 'cross-entropy', labelSmoothing: 0.1 }],
  ['cross-entropy with class weights', { name: 'cross-entropy', classWeights: [1, 5, 0.2] }],
  ['focal', { name: 'focal', classWeights: [1, 5, 0.2] }],
  ['binary cross-entropy', { name: 'binary-cross-entropy' }],
])('the loss by %s', (_, options) => {
  const loss = createHeadsLoss([
    { name: 'label', classes: CLASSES, weight: 2, task: 'single-label', loss: options },
  ]);
  const model = smallNet();

  test('is the mean over labels, whatever the batches', async () => {
    const whole = await evaluate({ model, loss }, batches(14));
    for (const size of [1, 4, 5, 13]) {
      const parts = await evaluate({ model, loss }, batches(size));
      expect(parts.loss).toBeCloseTo(whole.loss, 5);
      expect(parts.losses.label).toBeCloseTo(whole.losses.label!, 5);
    }
    expect(whole.loss).toBeCloseTo(2 * whole.losses.label!, 6);
  });

  test('and metrics get one class per image', async () => {
    const rows = await validate(
      { model, loss },
      {
        batches: () => batches(4),
        metrics: {
          rows: ({ task, length }, targets) => {
            expect(task).toBe('single-label');
            expect(targets).toBeInstanceOf(Int32Array);
            return length;
          },
        },
      },
    );
    expect(rows.rows).toBe(8);
  });
});
