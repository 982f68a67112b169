import { Rng } from '@podium/core';
import type { BatchSource, TrainingBatch } from '../src/batches/index.ts';

export interface MadeSet {
  readonly count: number;
  readonly size: number;
  readonly classes: number;
  readonly pixels: Float32Array;
  readonly labels: Int32Array;
}

/** Noisy images of stripes; their direction and width is the class. */
export function makeSet(count: number, { size = 8, classes = 3, noise = 0.3, seed = 'set' } = {}): MadeSet {
  const rng = Rng.fromSeed(seed);
  const pixels = new Float32Array(count * size * size);
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  for (let i = 0; i < count; i++) {
    const k = labels[i]!;
    const phase = rng.float() * 6;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const along = Math.cos(k) * x + Math.sin(k) * y;
        pixels[(i * size + y) * size + x] = Math.sin(along * (1 + k / 2) + phase) + rng.normal(0, noise);
      }
    }
  }
  return { count, size, classes, pixels, labels };
}

interface State {
  readonly epoch: number;
  readonly step: number;
}

/** A loader in memory that resumes from its state, as that of `@podium/dataset` does. */
export function memoryLoader(
  set: MadeSet,
  options: {
    readonly batchSize: number;
    readonly epochs: number;
    readonly state?: unknown;
    readonly shuffle?: boolean;
    readonly onBatch?: (batch: TrainingBatch) => TrainingBatch;
  },
): BatchSource {
  const { batchSize, epochs, shuffle = true, onBatch = (batch) => batch } = options;
  const steps = Math.ceil(set.count / batchSize);
  let next: State = (options.state as State | undefined) ?? { epoch: 0, step: 0 };
  return {
    state: () => next,
    steps: () => steps,
    async *[Symbol.asyncIterator]() {
      while (next.epoch < epochs) {
        const { epoch, step } = next;
        const order = shuffle
          ? Rng.fromSeed('order').split(epoch).permutation(set.count)
          : Uint32Array.from({ length: set.count }, (_, i) => i);
        const rows = order.subarray(step * batchSize, (step + 1) * batchSize);
        next = step + 1 < steps ? { epoch, step: step + 1 } : { epoch: epoch + 1, step: 0 };
        yield onBatch({ ...batchOf(set, rows), epoch, step, steps });
      }
    },
  };
}

/** The whole set in order, for validation. */
export function memoryBatches(set: MadeSet, batchSize = 16): AsyncIterable<TrainingBatch> {
  return memoryLoader(set, { batchSize, epochs: 1, shuffle: false });
}

function batchOf(
  { size, pixels, labels }: MadeSet,
  rows: Uint32Array,
): Omit<TrainingBatch, 'epoch' | 'step' | 'steps'> {
  const length = size * size;
  const images = new Float32Array(rows.length * length);
  rows.forEach((row, i) => {
    images.set(pixels.subarray(row * length, (row + 1) * length), i * length);
  });
  return {
    images,
    shape: [rows.length, size, size, 1],
    ids: Array.from(rows, (row) => `image-${row}`),
    targets: { label: Int32Array.from(rows, (row) => labels[row]!) },
  };
}
