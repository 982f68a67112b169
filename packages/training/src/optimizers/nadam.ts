import { adamRule } from '@podium/engine';
import { flag, number, numbers } from '../settings.ts';
import type { OptimizerDefinition } from './definition.ts';

interface NadamSettings {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** How fast the momentum coefficient rises to its full value. */
  readonly momentumDecay: number;
  /** Weight decay beside the gradient, as in AdamW. */
  readonly decoupledWeightDecay: boolean;
}

/** NAdam, Adam with Nesterov momentum (Dozat 2016), as `torch.optim.NAdam`. */
export const nadam: OptimizerDefinition<'nadam', NadamSettings> = {
  name: 'nadam',
  settings: {
    learningRate: number(2e-3, { from: 0 }),
    weightDecay: number(0, { from: 0 }),
    betas: numbers<readonly [number, number]>([0.9, 0.999], { from: 0, below: 1 }, 2),
    epsilon: number(1e-8, { from: 0 }),
    momentumDecay: number(4e-3, { from: 0 }),
    decoupledWeightDecay: flag(false),
  },
  rule: adamRule,
  slots: () => ['exp_avg', 'exp_avg_sq'],
  row(settings, memory) {
    const { learningRate, weightDecay, epsilon, momentumDecay, decoupledWeightDecay: decoupled } = settings;
    const [beta1, beta2] = settings.betas;
    const { steps } = memory;
    const mu = (step: number) => beta1 * (1 - 0.5 * 0.96 ** (step * momentumDecay));
    const muProduct = (memory.muProduct ?? 1) * mu(steps);
    memory.muProduct = muProduct;
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
