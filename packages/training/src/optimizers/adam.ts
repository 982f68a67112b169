import { adamRule } from '@podium/engine';
import { flag, number, numbers } from '../settings.ts';
import type { CommonSettings, OptimizerDefinition, ParameterNumbers } from './definition.ts';

export interface AdamSettings {
  /** Decay of the averages of gradients and of their squares. */
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Divides by the largest average square so far. */
  readonly amsgrad: boolean;
}

/** Adam (Kingma and Ba 2015, arXiv:1412.6980), as `torch.optim.Adam`: weight decay is part of the gradient. */
export const adam: OptimizerDefinition<'adam', AdamSettings> = {
  name: 'adam',
  settings: {
    learningRate: number(1e-3, { from: 0 }),
    weightDecay: number(0, { from: 0 }),
    betas: numbers<readonly [number, number]>([0.9, 0.999], { from: 0, below: 1 }, 2),
    epsilon: number(1e-8, { from: 0 }),
    amsgrad: flag(false),
  },
  rule: adamRule,
  slots: adamSlots,
  row: (settings, numbers) => adamRow(settings, numbers, false),
};

function adamSlots({ amsgrad }: AdamSettings): readonly string[] {
  return amsgrad ? ['exp_avg', 'exp_avg_sq', 'max_exp_avg_sq'] : ['exp_avg', 'exp_avg_sq'];
}

/** @param decoupled whether weight decay is taken off the weights themselves, as AdamW does */
export function adamRow(
  { learningRate, weightDecay, betas: [beta1, beta2], epsilon }: AdamSettings & CommonSettings,
  { steps }: ParameterNumbers,
  decoupled: boolean,
): Readonly<Record<string, number>> {
  return {
    decay: decoupled ? 1 - learningRate * weightDecay : 1,
    weightDecay: decoupled ? 0 : weightDecay,
    rate1: 1 - beta1,
    beta2,
    rate2: 1 - beta2,
    correction: Math.sqrt(1 - beta2 ** steps),
    epsilon,
    byAverage: learningRate / (1 - beta1 ** steps),
    byGradient: 0,
  };
}
