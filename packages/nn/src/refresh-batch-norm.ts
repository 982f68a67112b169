import * as tf from '@tensorflow/tfjs-core';
import { BatchNorm2d } from './layers/batch-norm2d.ts';
import type { AnyModule } from './module.ts';

/**
 * Computes the running statistics of a model's batch norms anew, as the plain mean over batches: what averaged weights
 * need, whose statistics no training step has seen (`torch.optim.swa_utils.update_bn`). Batch norms run in training mode
 * meanwhile, everything else in evaluation mode; modes and momentums are as before afterwards.
 *
 * @param batches training batches; some dozens are enough. None leave the statistics as they are.
 * @param run one forward pass; what it makes is tidied up
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
      // Of the first batch alone, then one part in two, in three: the mean.
      seen++;
      for (const norm of norms) norm.momentum = 1 / seen;
      tf.tidy(() => run(batch));
    }
  } finally {
    for (const [module, training] of modes) module.training = training;
    for (const [i, norm] of norms.entries()) norm.momentum = momentums[i]!;
  }
}
