import { createWeightAverage, type WeightAverage } from './weight-average.ts';

/**
 * The mean of the weights after each epoch from some epoch on (stochastic weight averaging, Izmailov et al. 2018,
 * arXiv:1803.05407), like `torch.optim.swa_utils.AveragedModel`. Running statistics are those of the last model, which the
 * averaged weights would not have: refresh them with `refreshStatistics`.
 */
export function createSwa(): WeightAverage {
  return createWeightAverage({
    name: 'swa',
    by: 'epoch',
    includesInitial: false,
    amount: (_step, updates) => 1 / (updates + 1),
    averagesBuffers: false,
  });
}
