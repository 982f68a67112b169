import { lionRule } from '@podium/engine';
import { number, numbers } from '../settings.ts';
import type { OptimizerDefinition } from './definition.ts';

interface LionSettings {
  /** Weight of the average in the step, and its decay. */
  readonly betas: readonly [number, number];
}

/**
 * Lion (Chen et al. 2023, arXiv:2302.06675), as timm's: the sign of an average, and weight decay beside the gradient. Its
 * authors advise a learning rate three to ten times smaller than AdamW's, and a weight decay as many times larger.
 */
export const lion: OptimizerDefinition<'lion', LionSettings> = {
  name: 'lion',
  settings: {
    learningRate: number(1e-4, { from: 0 }),
    weightDecay: number(0, { from: 0 }),
    betas: numbers<readonly [number, number]>([0.9, 0.99], { from: 0, below: 1 }, 2),
  },
  rule: lionRule,
  slots: () => ['exp_avg'],
  row: ({ learningRate, weightDecay, betas: [beta1, beta2] }) => ({
    decay: 1 - learningRate * weightDecay,
    rate1: 1 - beta1,
    rate2: 1 - beta2,
    learningRate,
  }),
};
