import { adamRule } from '@podium/engine';
import { z } from 'zod';
import { betas, defineOptimizer, epsilon, learningRate, type Update, weightDecay } from '../definition.ts';

const settings = z.strictObject({
  learningRate: learningRate(1e-3),
  weightDecay: weightDecay(0),
  betas: betas(0.9, 0.999),
  epsilon: epsilon(1e-8),
  amsgrad: z.boolean().default(false).describe('divide by the largest average square so far'),
});

/** Adam (Kingma and Ba 2015, arXiv:1412.6980), as `torch.optim.Adam`: weight decay is part of the gradient. */
export const adam = defineOptimizer({
  name: 'adam',
  summary:
    'Adapts the step of each weight by running averages of its gradient. Weight decay is part of the gradient.',
  settings,
  rule: adamRule,
  create: (given) => adamUpdate(given, { decoupled: false }),
});

/** @param decoupled whether weight decay applies to the weights themselves, as in AdamW */
export function adamUpdate(
  { weightDecay, betas: [beta1, beta2], epsilon, amsgrad }: z.output<typeof settings>,
  { decoupled }: { readonly decoupled: boolean },
): Update {
  return {
    slots: amsgrad ? ['exp_avg', 'exp_avg_sq', 'max_exp_avg_sq'] : ['exp_avg', 'exp_avg_sq'],
    row: (learningRate, { steps }) => ({
      decay: decoupled ? 1 - learningRate * weightDecay : 1,
      weightDecay: decoupled ? 0 : weightDecay,
      rate1: 1 - beta1,
      beta2,
      rate2: 1 - beta2,
      correction: Math.sqrt(1 - beta2 ** steps),
      epsilon,
      byAverage: learningRate / (1 - beta1 ** steps),
      byGradient: 0,
    }),
  };
}
