import { PodiumError, Rng } from '@podium/core';
import type { ManifestRow } from '../manifest/types.ts';
import type { Sampler } from '../samplers/sampler.ts';

/** The rows of an epoch, in order. */
export interface EpochOrder {
  readonly steps: number;
  readonly order: Uint32Array;
}

/** An epoch's order in memory shared by all threads. */
export interface SharedEpoch {
  readonly epoch: number;
  /** Number of the epoch's first batch over all epochs; negative if the loader started in the middle of the epoch. */
  readonly firstBatch: number;
  readonly steps: number;
  /** Whether this is the last epoch. */
  readonly last: boolean;
  /** Row per index. */
  readonly order: Uint32Array;
  /** How often the epoch showed the row before, per index. */
  readonly repeats: Uint32Array;
}

/** The rows of an epoch: a pure function of the seed and the epoch. */
export function epochOrder(
  rows: readonly ManifestRow[],
  sampler: Sampler,
  seed: string | number,
  epoch: number,
  batchSize: number,
  dropLast: boolean,
): EpochOrder {
  const rng = Rng.fromSeed(seed).split('sampler', epoch);
  const order = sampler.order({ rows, rng, batchSize });
  const invalid = order.find((row) => row >= rows.length);
  if (invalid !== undefined) {
    throw new PodiumError({
      code: 'sampler-order',
      path: { key: `sampler "${sampler.name}"` },
      expected: `indices below ${rows.length}, the number of rows`,
      got: String(invalid),
      fix: 'correct the sampler',
    });
  }
  const steps = dropLast ? Math.floor(order.length / batchSize) : Math.ceil(order.length / batchSize);
  return { steps, order };
}

/** Copies an order into shared memory. */
export function shareEpoch(
  { order, steps }: EpochOrder,
  rowCount: number,
  position: Pick<SharedEpoch, 'epoch' | 'firstBatch' | 'last'>,
): SharedEpoch {
  const shared = new Uint32Array(new SharedArrayBuffer(4 * order.length));
  shared.set(order);
  const repeats = new Uint32Array(new SharedArrayBuffer(4 * order.length));
  const shown = new Uint32Array(rowCount);
  for (const [i, row] of order.entries()) {
    repeats[i] = shown[row]!;
    shown[row] = shown[row]! + 1;
  }
  return { ...position, steps, order: shared, repeats };
}

/**
 * The random stream of one showing of a row: its transform draws from it, so (seed, epoch, id) reproduces an image. A row
 * that an epoch shows more than once gets a different stream each time.
 * @param repeat how often the epoch showed it before
 */
export function sampleRng(seed: string | number, epoch: number, id: string, repeat = 0): Rng {
  return showingRng(Rng.fromSeed(seed).split('epoch', epoch), id, repeat);
}

/** Like `sampleRng`, from `Rng.fromSeed(seed).split('epoch', epoch)`. */
export function showingRng(epochRng: Rng, id: string, repeat: number): Rng {
  return repeat === 0 ? epochRng.split(id) : epochRng.split(id, 'again', repeat);
}
