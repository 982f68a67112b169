import { type Image, Rng } from '@podium/core';
import type { BatchPosition, BatchSource, TrainingBatch } from '@podium/training';
import {
  type OpenBatches,
  pairBatches,
  type SemiSupervisedBatch,
  type ViewBatch,
} from '../src/batches/index.ts';
import type { ImageSet } from './small-world.ts';

export type View = (image: Image, rng: Rng) => Image;

export interface MemoryBatchesSettings {
  readonly labeled: Pick<ImageSet, 'images' | 'shape'>;
  /** By head. */
  readonly targets: Readonly<Record<string, Int32Array>>;
  readonly unlabeled: Pick<ImageSet, 'images' | 'shape'>;
  /** Labeled images per batch. */
  readonly batchSize: number;
  /** Unlabeled images per labeled one. */
  readonly ratio: number;
  readonly seed: string | number;
  readonly weak?: View;
  readonly strong?: View;
}

/** Labeled and unlabeled images in memory, without end. */
export function memoryBatches(settings: MemoryBatchesSettings): OpenBatches<SemiSupervisedBatch> {
  const { labeled, targets, unlabeled, batchSize, ratio, seed, weak, strong } = settings;
  const rng = Rng.fromSeed(seed);
  const count = Math.round(batchSize * ratio);
  const openLabeled = openSource(
    labeled.shape[0],
    batchSize,
    rng.split('labeled'),
    (rows, step, position) =>
      ({
        ...position,
        images: gather(labeled, rows, weak, rng.split('view', step).split('labeled')),
        shape: [rows.length, ...rest(labeled)],
        ids: rows.map((row) => `labeled-${row}`),
        targets: Object.fromEntries(
          Object.entries(targets).map(([head, classes]) => [
            head,
            Int32Array.from(rows, (row) => classes[row]!),
          ]),
        ),
      }) satisfies TrainingBatch,
  );
  const openUnlabeled = openSource(
    unlabeled.shape[0],
    count,
    rng.split('unlabeled'),
    (rows, step, position) => {
      const views = [
        gather(unlabeled, rows, weak, rng.split('view', step).split('weak')),
        ...(strong === undefined
          ? []
          : [gather(unlabeled, rows, strong, rng.split('view', step).split('strong'))]),
      ];
      return {
        ...position,
        images: Uint8Array.from(views.flatMap((view) => [...view])),
        shape: [views.length * rows.length, ...rest(unlabeled)],
        views: views.length,
        indices: Uint32Array.from(rows),
      } satisfies ViewBatch;
    },
  );
  return count === 0 ? pairBatches(openLabeled) : pairBatches(openLabeled, openUnlabeled);
}

/** A source over `total` rows, in a new order each round, that continues where its state says. */
function openSource<Batch extends BatchPosition>(
  total: number,
  size: number,
  rng: Rng,
  make: (rows: number[], step: number, position: BatchPosition) => Batch,
): OpenBatches<Batch> {
  const steps = Math.max(1, Math.floor(total / size));
  return (state): BatchSource<Batch> => {
    let next = (state as { readonly step: number } | undefined)?.step ?? 0;
    const rowAt = order(rng, total);
    return {
      state: () => ({ step: next }),
      steps: () => steps,
      async *[Symbol.asyncIterator]() {
        for (;;) {
          const step = next++;
          const rows = Array.from({ length: size }, (_, i) => rowAt(step * size + i));
          yield make(rows, step, { epoch: Math.floor(step / steps), step: step % steps, steps });
        }
      },
    };
  };
}

function order(rng: Rng, total: number): (place: number) => number {
  let round = -1;
  let rows = new Uint32Array();
  return (place) => {
    const wanted = Math.floor(place / total);
    if (wanted !== round) rows = rng.split(wanted).permutation(total) as Uint32Array<ArrayBuffer>;
    round = wanted;
    return rows[place - round * total]!;
  };
}

function rest({ shape }: Pick<ImageSet, 'shape'>): [height: number, width: number, channels: number] {
  return [shape[1], shape[2], shape[3]];
}

function gather(
  { images, shape }: Pick<ImageSet, 'images' | 'shape'>,
  rows: readonly number[],
  view: View | undefined,
  rng: Rng,
): Uint8Array {
  const [, height, width, channels] = shape;
  const size = height * width * channels;
  const result = new Uint8Array(rows.length * size);
  for (const [i, row] of rows.entries()) {
    const data = images.subarray(row * size, (row + 1) * size);
    result.set(view?.({ width, height, channels, data }, rng.split(i)).data ?? data, i * size);
  }
  return result;
}

/** A list of batches as a source of one epoch. */
export function listBatches<Batch extends Omit<SemiSupervisedBatch, keyof BatchPosition>>(
  batches: readonly Batch[],
): (state: unknown) => BatchSource<Batch & BatchPosition> {
  return (state) => {
    let next = (state as number | undefined) ?? 0;
    const steps = batches.length;
    return {
      state: () => next,
      steps: () => steps,
      async *[Symbol.asyncIterator]() {
        while (next < steps) {
          const step = next++;
          yield { ...batches[step]!, epoch: 0, step, steps };
        }
      },
    };
  };
}

/** Two views of images in memory, for some epochs. */
export function memoryViews(
  set: Pick<ImageSet, 'images' | 'shape'>,
  batchSize: number,
  epochs: number,
): (state: unknown) => BatchSource<ViewBatch> {
  const rng = Rng.fromSeed('views');
  const steps = Math.floor(set.shape[0] / batchSize);
  const open = openSource(set.shape[0], batchSize, rng, (rows, step, position) => {
    const views = [20, 80].map((amount) =>
      gather(
        set,
        rows,
        (image, random) => ({
          ...image,
          data: image.data.map((value) => Math.min(255, value + random.int(amount))),
        }),
        rng.split('view', step, amount),
      ),
    );
    return {
      ...position,
      images: Uint8Array.from(views.flatMap((view) => [...view])),
      shape: [2 * rows.length, ...rest(set)] as const,
      views: 2,
    } satisfies ViewBatch;
  });
  return (state) => {
    const source = open(state) as BatchSource<ViewBatch>;
    return {
      ...source,
      async *[Symbol.asyncIterator]() {
        if ((source.state() as { readonly step: number }).step >= epochs * steps) return;
        for await (const batch of source) {
          yield batch;
          if (batch.epoch + 1 >= epochs && batch.step + 1 >= steps) return;
        }
      },
    };
  };
}
