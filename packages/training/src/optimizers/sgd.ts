import { sgdRule } from '@podium/engine';
import { flag, number } from '../settings.ts';
import type { OptimizerDefinition } from './definition.ts';

interface SgdSettings {
  readonly momentum: number;
  /** What a gradient loses on its way into the momentum's buffer, after the first. */
  readonly dampening: number;
  /** Looks one step of the momentum ahead; needs momentum and no dampening. */
  readonly nesterov: boolean;
}

/** Stochastic gradient descent, as `torch.optim.SGD`: weight decay is part of the gradient. */
export const sgd: OptimizerDefinition<'sgd', SgdSettings> = {
  name: 'sgd',
  settings: {
    learningRate: number(1e-3, { from: 0 }),
    weightDecay: number(0, { from: 0 }),
    momentum: number(0, { from: 0 }),
    dampening: number(0),
    nesterov: flag(false),
  },
  conflict: ({ nesterov, momentum, dampening }) =>
    nesterov && (momentum === 0 || dampening !== 0)
      ? 'nesterov needs a momentum above 0 and no dampening'
      : undefined,
  rule: sgdRule,
  slots: ({ momentum }) => (momentum === 0 ? [] : ['momentum_buffer']),
  row({ learningRate, weightDecay, momentum, dampening, nesterov }, { steps }) {
    const first = steps === 1;
    return {
      weightDecay,
      momentum: first ? 0 : momentum,
      keep: first ? 1 : 1 - dampening,
      byGradient: momentum === 0 || nesterov ? learningRate : 0,
      byBuffer: nesterov ? learningRate * momentum : learningRate,
    };
  },
};
