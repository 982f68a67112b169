import { type Normalization, Rng } from '@podium/core';
import { type AnyModule, refreshBatchNorm, withRng } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { type TrainingBatch, toTensors } from '../batches/index.ts';
import { batchNorms } from './batch-norms.ts';

/** How images become the model's input, and what dropout draws from. */
export interface RefreshOptions {
  readonly normalization?: Normalization | undefined;
  /** Of dropout, which stays on as in training. Default 0. */
  readonly seed?: string | number | undefined;
}

/**
 * Recomputes the running statistics of batch norms as their mean over these batches (`torch.optim.swa_utils.update_bn`).
 * Averaged weights (SWA) need this before they are used. Frozen statistics stay as they are.
 */
export async function refreshStatistics(
  model: AnyModule,
  batches: AsyncIterable<TrainingBatch>,
  { normalization, seed = 0 }: RefreshOptions = {},
): Promise<void> {
  const norms = batchNorms(model).filter(([, norm]) => !norm.frozenStatistics);
  if (norms.length === 0) return;
  const rng = Rng.fromSeed(seed).split('refresh-statistics');
  const tracked = norms.map(([, { num_batches_tracked }]) => num_batches_tracked.value);
  let done = 0;
  try {
    await refreshBatchNorm(model, batches, (batch) => {
      model.train();
      const { x } = toTensors(batch, [], { normalization });
      withRng(rng.split(done++), () => (model.call as (x: tf.Tensor) => unknown).call(model, x));
    });
  } finally {
    // It counts training batches.
    for (const [i, [, norm]] of norms.entries()) norm.num_batches_tracked.value = tracked[i]!;
  }
}
