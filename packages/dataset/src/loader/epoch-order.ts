import { PodiumError, Rng } from '@podium/core';
import type { ManifestRow } from '../manifest/types.ts';
import type { Sampler } from '../samplers/sampler.ts';

/** An epoch's order, in memory that all threads share. */
export interface EpochPlan {
  readonly epoch: number;
  /** Number of the epoch's first batch over all batches; below 0 where the loader began in its middle. */
  readonly firstBatch: number;
  readonly steps: number;
  /** Whether no epoch follows. */
  readonly last: boolean;
  /** Row by place. */
  readonly order: Uint32Array;
  /** How often the row was there before in this epoch, by place. */
  readonly repeats: Uint32Array;
}

export interface EpochOrder {
  readonly steps: number;
  readonly order: Uint32Array;
}

/** The rows of an epoch: a pure function of the seed and the epoch's number. */
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
  const bad = order.find((row) => row >= rows.length);
  if (bad !== undefined) {
    throw new PodiumError({
      code: 'sampler-order',
      path: { key: `sampler "${sampler.name}"` },
      expected: `indices below ${rows.length}, the number of rows`,
      got: String(bad),
      fix: 'correct the sampler',
    });
  }
  const steps = dropLast ? Math.floor(order.length / batchSize) : Math.ceil(order.length / batchSize);
  return { steps, order };
}

export function sharePlan(
  { order, steps }: EpochOrder,
  rowCount: number,
  place: { readonly epoch: number; readonly firstBatch: number; readonly last: boolean },
): EpochPlan {
  const shared = new Uint32Array(new SharedArrayBuffer(4 * order.length));
  shared.set(order);
  const repeats = new Uint32Array(new SharedArrayBuffer(4 * order.length));
  const seen = new Uint32Array(rowCount);
  for (const [i, row] of order.entries()) {
    const before = seen[row]!;
    repeats[i] = before;
    seen[row] = before + 1;
  }
  return { ...place, steps, order: shared, repeats };
}

/**
 * The random numbers of one showing of a row: what its transform draws from, so that (seed, epoch, id) replays an image. A
 * row that an epoch shows more than once gets others each time.
 * @param repeat how often the epoch showed it before.
 */
export function sampleRng(seed: string | number, epoch: number, id: string, repeat = 0): Rng {
  return repeatOf(Rng.fromSeed(seed).split('epoch', epoch), id, repeat);
}

/** As `sampleRng`, from `Rng.fromSeed(seed).split('epoch', epoch)`. */
export function repeatOf(epochRng: Rng, id: string, repeat: number): Rng {
  return repeat === 0 ? epochRng.split(id) : epochRng.split(id, 'again', repeat);
}
