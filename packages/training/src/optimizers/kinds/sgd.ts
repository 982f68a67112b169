import { sgdRule } from '@podium/engine';
import { z } from 'zod';
import { defineOptimizer, learningRate, weightDecay } from '../definition.ts';

/** Stochastic gradient descent, as `torch.optim.SGD`: weight decay is part of the gradient. */
export const sgd = defineOptimizer({
  name: 'sgd',
  summary: 'Stochastic gradient descent, with momentum if you set it. Often best for training from scratch.',
  settings: z
    .strictObject({
      learningRate: learningRate(1e-3),
      weightDecay: weightDecay(0),
      momentum: z.number().min(0).default(0).describe('part of the previous step that is repeated'),
      dampening: z.number().default(0).describe('part of each gradient that the momentum leaves out'),
      nesterov: z.boolean().default(false).describe('look one momentum step ahead'),
    })
    .refine(({ nesterov, momentum, dampening }) => !nesterov || (momentum > 0 && dampening === 0), {
      path: ['nesterov'],
      error: 'false, or a momentum > 0 and a dampening of 0',
    }),
  rule: sgdRule,
  create: ({ weightDecay, momentum, dampening, nesterov }) => ({
    slots: momentum === 0 ? [] : ['momentum_buffer'],
    row(learningRate, { steps }) {
      const isFirst = steps === 1;
      return {
        weightDecay,
        momentum: isFirst ? 0 : momentum,
        keep: isFirst ? 1 : 1 - dampening,
        byGradient: momentum === 0 || nesterov ? learningRate : 0,
        byBuffer: nesterov ? learningRate * momentum : learningRate,
      };
    },
  }),
});
