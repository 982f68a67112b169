import { createAverage, type WeightAverage } from './average.ts';

/**
 * The mean of the weights at each update (stochastic weight averaging, Izmailov et al. 2018, arXiv:1803.05407), as
 * `torch.optim.swa_utils.AveragedModel`. Call `update` from the epoch on from which to average. Running statistics are
 * those of the last model, which are not those that the averaged weights would have: `refreshBatchNorm` computes them.
 */
export function createSwa(): WeightAverage {
  return createAverage('swa', (_step, updates) => 1 / (updates + 1), false);
}
