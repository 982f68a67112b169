import { lionRule } from '@podium/engine';
import { z } from 'zod';
import { betas, defineOptimizer, learningRate, weightDecay } from '../definition.ts';

/**
 * Lion (Chen et al. 2023, arXiv:2302.06675), as timm's: the sign of an average, with decoupled weight decay. Its authors
 * advise a learning rate 3 to 10 times lower than AdamW's, and a weight decay as many times higher.
 */
export const lion = defineOptimizer({
  name: 'lion',
  summary: 'Steps by the sign of an average gradient. Needs 3 to 10 times less learning rate than AdamW.',
  settings: z.strictObject({
    learningRate: learningRate(1e-4),
    weightDecay: weightDecay(0),
    betas: betas(0.9, 0.99).describe('weight of the average gradient in the step, and decay of the average'),
  }),
  rule: lionRule,
  create: ({ weightDecay, betas: [beta1, beta2] }) => ({
    slots: ['exp_avg'],
    row: (learningRate) => ({
      decay: 1 - learningRate * weightDecay,
      rate1: 1 - beta1,
      rate2: 1 - beta2,
      learningRate,
    }),
  }),
});
