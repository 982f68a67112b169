import { PodiumError } from '@podium/core';
import type { TrainingBatch } from '../batches/index.ts';
import type { DoctorSubject } from './check.ts';

/** Images per batch that checks run the model on: enough to show a mistake, few enough to be fast. */
const MAX_IMAGES = 16;

/** A copy of the first images of the first training batch. */
export async function firstBatch(
  { batches }: DoctorSubject,
  maxImages: number = MAX_IMAGES,
): Promise<TrainingBatch> {
  for await (const batch of batches(0)) return copyOf(batch, maxImages);
  throw new PodiumError({
    code: 'training-no-batches',
    message: 'there is no training batch to examine',
    fix: 'give the training set at least one image',
  });
}

/** The first images of each batch. */
export async function* firstImages(
  batches: AsyncIterable<TrainingBatch>,
  maxImages: number = MAX_IMAGES,
): AsyncGenerator<TrainingBatch> {
  for await (const batch of batches) yield copyOf(batch, maxImages);
}

/** The first batches, one at a time. */
export async function* takeBatches(
  batches: AsyncIterable<TrainingBatch>,
  count: number,
): AsyncGenerator<TrainingBatch> {
  let done = 0;
  for await (const batch of batches) {
    yield batch;
    if (++done === count) return;
  }
}

/** Copies of the first batches. */
export async function collectBatches(
  batches: AsyncIterable<TrainingBatch>,
  count: number,
): Promise<TrainingBatch[]> {
  const collected: TrainingBatch[] = [];
  for await (const batch of takeBatches(batches, count)) collected.push(copyOf(batch, batch.shape[0]));
  return collected;
}

/** A copy of the first images of a batch: the loader reuses the memory of its batches. */
function copyOf(batch: TrainingBatch, maxImages: number): TrainingBatch {
  const [size, ...rest] = batch.shape;
  const count = Math.min(size, maxImages);
  const first = <A extends Uint8Array | Float32Array | Int32Array>(values: A) =>
    values.slice(0, (values.length / size) * count) as A;
  return {
    ...batch,
    images: first(batch.images),
    shape: [count, ...rest],
    ids: batch.ids.slice(0, count),
    targets: Object.fromEntries(Object.entries(batch.targets).map(([head, values]) => [head, first(values)])),
    weights: batch.weights && first(batch.weights),
  };
}
