import { lambRule } from '@podium/engine';
import { flag, number, numbers, type Setting } from '../settings.ts';
import type { OptimizerDefinition } from './definition.ts';

interface LambSettings {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly biasCorrection: boolean;
  /** Whether gradients enter their average times `1 - beta1`. */
  readonly gradientAveraging: boolean;
  /** What the norm of all gradients is clipped to, on top of the trainer's clipping; 'none' leaves them. */
  readonly maxGradientNorm: number | 'none';
  /** Keeps the trust ratio at or below 1 (LAMBC). */
  readonly trustClip: boolean;
  /** Adapts parameters without weight decay too. */
  readonly alwaysAdapt: boolean;
  /** Weight decay beside the gradient, as in AdamW. */
  readonly decoupledWeightDecay: boolean;
}

const normOrNone: Setting<number | 'none'> = {
  initial: 1,
  expected: 'a number above 0, or "none"',
  accepts: (value) => value === 'none' || (typeof value === 'number' && value > 0 && Number.isFinite(value)),
};

/** LAMB, for large batches (You et al. 2020, arXiv:1904.00962), as timm's `Lamb`. */
export const lamb: OptimizerDefinition<'lamb', LambSettings> = {
  name: 'lamb',
  settings: {
    learningRate: number(1e-3, { from: 0 }),
    weightDecay: number(0.01, { from: 0 }),
    betas: numbers<readonly [number, number]>([0.9, 0.999], { from: 0, below: 1 }, 2),
    epsilon: number(1e-6, { from: 0 }),
    biasCorrection: flag(true),
    gradientAveraging: flag(true),
    maxGradientNorm: normOrNone,
    trustClip: flag(false),
    alwaysAdapt: flag(false),
    decoupledWeightDecay: flag(false),
  },
  rule: lambRule,
  slots: () => ['exp_avg', 'exp_avg_sq'],
  row(settings, { steps }) {
    const { learningRate, weightDecay, epsilon, biasCorrection, decoupledWeightDecay: decoupled } = settings;
    const [beta1, beta2] = settings.betas;
    const adapts = weightDecay !== 0 || settings.alwaysAdapt;
    return {
      decay: decoupled ? 1 - learningRate * weightDecay : 1,
      weightDecay: decoupled ? 0 : weightDecay,
      beta1,
      rate1: settings.gradientAveraging ? 1 - beta1 : 1,
      beta2,
      rate2: 1 - beta2,
      correction1: biasCorrection ? 1 - beta1 ** steps : 1,
      correction2: biasCorrection ? Math.sqrt(1 - beta2 ** steps) : 1,
      epsilon,
      learningRate,
      mostTrust: adapts ? (settings.trustClip ? 1 : Number.POSITIVE_INFINITY) : 0,
    };
  },
  ownClipNorm: ({ maxGradientNorm }) => (maxGradientNorm === 'none' ? undefined : maxGradientNorm),
};
