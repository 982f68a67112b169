import { adamRule } from '@podium/engine';
import { z } from 'zod';
import {
  betas,
  decoupledWeightDecay,
  defineOptimizer,
  epsilon,
  learningRate,
  weightDecay,
} from '../definition.ts';

/** NAdam, Adam with Nesterov momentum (Dozat 2016), as `torch.optim.NAdam`. */
export const nadam = defineOptimizer({
  name: 'nadam',
  summary: 'Adam with Nesterov momentum.',
  settings: z.strictObject({
    learningRate: learningRate(2e-3),
    weightDecay: weightDecay(0),
    betas: betas(0.9, 0.999),
    epsilon: epsilon(1e-8),
    momentumDecay: z
      .number()
      .min(0)
      .default(4e-3)
      .describe('how fast the momentum coefficient rises to its full value'),
    decoupledWeightDecay: decoupledWeightDecay(),
  }),
  rule: adamRule,
  create({ weightDecay, betas: [beta1, beta2], epsilon, momentumDecay, decoupledWeightDecay: decoupled }) {
    const mu = (step: number) => beta1 * (1 - 0.5 * 0.96 ** (step * momentumDecay));
    return {
      slots: ['exp_avg', 'exp_avg_sq'],
      row(learningRate, numbers) {
        const { steps } = numbers;
        const muProduct = (numbers.muProduct ?? 1) * mu(steps);
        numbers.muProduct = muProduct;
        return {
          decay: decoupled ? 1 - learningRate * weightDecay : 1,
          weightDecay: decoupled ? 0 : weightDecay,
          rate1: 1 - beta1,
          beta2,
          rate2: 1 - beta2,
          correction: Math.sqrt(1 - beta2 ** steps),
          epsilon,
          byAverage: (learningRate * mu(steps + 1)) / (1 - muProduct * mu(steps + 1)),
          byGradient: (learningRate * (1 - mu(steps))) / (1 - muProduct),
        };
      },
    };
  },
});
