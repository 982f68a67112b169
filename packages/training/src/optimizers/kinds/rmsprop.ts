import { rmsPropRule } from '@podium/engine';
import { z } from 'zod';
import { defineOptimizer, epsilon, learningRate, weightDecay } from '../definition.ts';

/** RMSprop (Hinton's lecture 6e), as `torch.optim.RMSprop`: epsilon is added after the root. */
export const rmsprop = defineOptimizer({
  name: 'rmsprop',
  summary: 'Divides gradients by a running average of their size.',
  settings: z.strictObject({
    learningRate: learningRate(1e-2),
    weightDecay: weightDecay(0),
    alpha: z.number().min(0).default(0.99).describe('decay of the average of squares'),
    epsilon: epsilon(1e-8),
    momentum: z.number().min(0).default(0).describe('part of the previous step that is repeated'),
    centered: z.boolean().default(false).describe('divide by the standard deviation of gradients'),
  }),
  rule: rmsPropRule,
  create: ({ weightDecay, alpha, epsilon, momentum, centered }) => ({
    slots: ['square_avg', ...(centered ? ['grad_avg'] : []), ...(momentum > 0 ? ['momentum_buffer'] : [])],
    row: (learningRate) => ({
      learningRate,
      weightDecay,
      alpha,
      rate: 1 - alpha,
      epsilon,
      momentum,
      centered: centered ? 1 : 0,
    }),
  }),
});
