import { rmsPropRule } from '@podium/engine';
import { flag, number } from '../settings.ts';
import type { OptimizerDefinition } from './definition.ts';

interface RmspropSettings {
  /** Decay of the average of squares. */
  readonly alpha: number;
  readonly epsilon: number;
  readonly momentum: number;
  /** Divides by the deviation of gradients instead of their size. */
  readonly centered: boolean;
}

/** RMSprop (Hinton's lecture 6e), as `torch.optim.RMSprop`: epsilon is added after the root. */
export const rmsprop: OptimizerDefinition<'rmsprop', RmspropSettings> = {
  name: 'rmsprop',
  settings: {
    learningRate: number(1e-2, { from: 0 }),
    weightDecay: number(0, { from: 0 }),
    alpha: number(0.99, { from: 0 }),
    epsilon: number(1e-8, { from: 0 }),
    momentum: number(0, { from: 0 }),
    centered: flag(false),
  },
  rule: rmsPropRule,
  slots: ({ momentum, centered }) => [
    'square_avg',
    ...(centered ? ['grad_avg'] : []),
    ...(momentum > 0 ? ['momentum_buffer'] : []),
  ],
  row: ({ learningRate, weightDecay, alpha, epsilon, momentum, centered }) => ({
    learningRate,
    weightDecay,
    alpha,
    rate: 1 - alpha,
    epsilon,
    momentum,
    centered: centered ? 1 : 0,
  }),
};
