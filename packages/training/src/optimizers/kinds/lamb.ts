import { lambRule } from '@podium/engine';
import { z } from 'zod';
import {
  betas,
  decoupledWeightDecay,
  defineOptimizer,
  epsilon,
  learningRate,
  weightDecay,
} from '../definition.ts';

/** LAMB (You et al. 2020, arXiv:1904.00962), as timm's `Lamb`. */
export const lamb = defineOptimizer({
  name: 'lamb',
  summary: 'Adam with steps scaled by the norm of each layer, for large batches.',
  settings: z.strictObject({
    learningRate: learningRate(1e-3),
    weightDecay: weightDecay(0.01),
    betas: betas(0.9, 0.999),
    epsilon: epsilon(1e-6),
    biasCorrection: z.boolean().default(true).describe('correct the averages for their start at zero'),
    gradientAveraging: z.boolean().default(true).describe('weigh gradients by 1 - beta1 in their average'),
    maxGradientNorm: z
      .union([z.number().positive(), z.literal('none')], { error: 'a number > 0, or "none"' })
      .default(1)
      .describe("norm that all gradients are clipped to, in addition to the trainer's clipping"),
    trustClip: z.boolean().default(false).describe('keep the trust ratio at or below 1 (LAMBC)'),
    alwaysAdapt: z.boolean().default(false).describe('scale parameters without weight decay, too'),
    decoupledWeightDecay: decoupledWeightDecay(),
  }),
  rule: lambRule,
  create({ betas: [beta1, beta2], ...settings }) {
    const { weightDecay, epsilon, biasCorrection, maxGradientNorm } = settings;
    const decoupled = settings.decoupledWeightDecay;
    const adapts = weightDecay !== 0 || settings.alwaysAdapt;
    return {
      slots: ['exp_avg', 'exp_avg_sq'],
      row: (learningRate, { steps }) => ({
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
        maxTrust: adapts ? (settings.trustClip ? 1 : Number.POSITIVE_INFINITY) : 0,
      }),
      clipNorm: maxGradientNorm === 'none' ? undefined : maxGradientNorm,
    };
  },
});
