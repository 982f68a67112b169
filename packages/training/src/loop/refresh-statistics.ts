import { Rng } from '@podium/core';
import type { AnyModule, BatchNorm2d } from '@podium/nn';
import { withRng } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainingBatch } from './batch.ts';
import { type Normalization, toTensors } from './batch-tensors.ts';
import { batchNorms } from './freeze-state.ts';

/**
 * Computes the running statistics of batch norms anew, as the mean over these batches (`torch.optim.swa_utils.update_bn`):
 * averaged weights (SWA) need it before they are used. Batch norms whose statistics are frozen stay as they are.
 *
 * @param seed of dropout, which is on as in training
 */
export async function refreshStatistics(
  model: AnyModule,
  batches: AsyncIterable<TrainingBatch>,
  options: { readonly normalization?: Normalization; readonly seed?: string | number } = {},
): Promise<void> {
  const norms = batchNorms(model).filter(([, norm]) => !norm.frozenStatistics);
  if (norms.length === 0) return;
  const modes = model.modules().map((module) => [module, module.training] as const);
  const rng = Rng.fromSeed(options.seed ?? 0).split('refresh-statistics');
  model.train();
  const before = norms.map(([, norm]) => [norm.momentum, norm.num_batches_tracked.value] as const);
  try {
    let done = 0;
    for await (const batch of batches) {
      // The first batch replaces what was there, and each later one has its share of the mean.
      for (const [, norm] of norms) setMomentum(norm, 1 / (done + 1));
      withRng(rng.split(done), () =>
        tf.tidy(
          () => void (model.call as (x: tf.Tensor) => unknown).call(model, toTensors(batch, [], options).x),
        ),
      );
      done++;
    }
  } finally {
    norms.forEach(([, norm], i) => {
      const [momentum, tracked] = before[i]!;
      setMomentum(norm, momentum);
      // It counts batches of training.
      norm.num_batches_tracked.value = tracked;
    });
    for (const [module, training] of modes) module.training = training;
  }
}

function setMomentum(norm: BatchNorm2d, momentum: number): void {
  (norm as { momentum: number }).momentum = momentum;
}
