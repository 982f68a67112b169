import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { BatchNorm2d, NO_STATISTICS } from './layers/batch-norm2d.ts';
import type { AnyModule } from './module.ts';

/**
 * Recomputes the running statistics of a model's batch norms as the mean over batches (`torch.optim.swa_utils.update_bn`).
 * Averaged weights need it, since no training step has computed their statistics. Batch norms run in training mode and
 * everything else in evaluation mode; modes and momentums are restored afterwards.
 *
 * @param batches training batches; a few dozen are enough. Without any, the statistics stay as they are. A last batch of one
 * image is left out where it would give a norm a single value per channel.
 * @param run one forward pass; its tensors are disposed
 */
export async function refreshBatchNorm<Batch>(
  model: AnyModule,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  run: (batch: Batch) => void,
): Promise<void> {
  const modes = model.modules().map((module) => [module, module.training] as const);
  const norms = modes
    .map(([module]) => module as unknown)
    .filter((module): module is BatchNorm2d => module instanceof BatchNorm2d && !module.frozenStatistics);
  const momentums = norms.map(({ momentum }) => momentum);
  try {
    model.eval();
    for (const norm of norms) norm.training = true;
    let seen = 0;
    for await (const batch of batches) {
      // Weights 1, 1/2, 1/3, ... give the mean.
      seen++;
      for (const norm of norms) norm.momentum = 1 / seen;
      try {
        tf.tidy(() => run(batch));
      } catch (error) {
        if (seen === 1 || !(error instanceof PodiumError) || error.code !== NO_STATISTICS) throw error;
      }
    }
  } finally {
    for (const [module, training] of modes) module.training = training;
    for (const [i, norm] of norms.entries()) norm.momentum = momentums[i]!;
  }
}
