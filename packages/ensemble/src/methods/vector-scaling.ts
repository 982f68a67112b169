import { logSumExp, minimizeLbfgs, softmaxInPlace } from '@podium/core';
import { z } from 'zod';
import { smoothedTargets } from '../calibration/smoothed-targets.ts';
import { blended } from '../members/align-members.ts';
import { onlyMember } from '../members/only-member.ts';
import { scoresOf } from '../members/probabilities.ts';
import { defineMethod, type FittedOn, type Method, type MethodEntry, methodSettings } from '../method.ts';

const NAME = 'vector-scaling';

const settings = z.strictObject({
  penalty: z
    .number()
    .min(0)
    .max(1e6)
    .optional()
    .describe(
      'Weight of half the squared distance from scale 1 and bias 0; keeps rare classes in bounds. Default: 1 / rows.',
    ),
});

export type VectorScalingOptions = z.input<typeof settings>;

/** `[K]` each. */
interface Scaling {
  readonly scale: readonly number[];
  readonly bias: readonly number[];
}

/** Scales lie between 0 and this. */
const LARGEST_SCALE = 5;
/** Biases lie between minus and plus this. */
const LARGEST_BIAS = 5;

/**
 * Vector scaling (Guo et al. 2017): softmax(scale x logits + bias) with a scale and a bias per class, fitted to the log loss.
 *
 * Few rows, or rows that the logits separate, cannot make predictions certain: the fit is to Platt's targets (see
 * `smoothedTargets`), with a normal prior of standard deviation 1 on each number (or `penalty`), scales below 5 and biases
 * within 5.
 */
export function vectorScaling(options: VectorScalingOptions = {}): Method<Scaling & FittedOn> {
  const { penalty: given } = methodSettings(NAME, settings, options);
  return defineMethod({
    name: NAME,
    fit: ({ members, truth }) => {
      const member = onlyMember(NAME, members);
      const scores = scoresOf(member);
      const width = member.classes.length;
      const { right, wrong } = smoothedTargets({ members, truth });
      const penalty = given ?? 1 / truth.length;
      const scaled = new Float64Array(width);
      const { x } = minimizeLbfgs(
        (free, gradient) => {
          const parameters = bounded(free, width);
          let loss = 0;
          for (let i = 0; i < parameters.length; i++) {
            const off = parameters[i]! - Number(i < width);
            loss += (penalty / 2) * off * off;
            gradient[i] = penalty * off;
          }
          truth.forEach((label, i) => {
            const row = scores.subarray(i * width, (i + 1) * width);
            for (let k = 0; k < width; k++) scaled[k] = parameters[k]! * row[k]! + parameters[width + k]!;
            const total = logSumExp(scaled);
            for (let k = 0; k < width; k++) {
              const target = k === label ? right : wrong;
              loss += (target * (total - scaled[k]!)) / truth.length;
              const error = (Math.exp(scaled[k]! - total) - target) / truth.length;
              gradient[k] = gradient[k]! + error * row[k]!;
              gradient[width + k] = gradient[width + k]! + error;
            }
          });
          for (let i = 0; i < parameters.length; i++)
            gradient[i] = gradient[i]! * slopeOfBound(parameters[i]!, i < width);
          return loss;
        },
        new Float64Array(2 * width),
        { tolerance: 1e-9, maxIterations: 1000 },
      );
      const fitted = bounded(x, width);
      return { scale: [...fitted.subarray(0, width)], bias: [...fitted.subarray(width)] };
    },
    apply: ({ scale, bias }, members) => {
      const member = onlyMember(NAME, members);
      const width = member.classes.length;
      const scaled = scoresOf(member).map((value, i) => scale[i % width]! * value + bias[i % width]!);
      return blended([member], softmaxInPlace(scaled, width));
    },
  });
}

/** Scales and biases `[2K]` from numbers without bounds, whose slope is 1 at scale 1 and bias 0. */
function bounded(free: Float64Array, width: number): Float64Array {
  return free.map((value, i) => {
    if (i >= width) return LARGEST_BIAS * Math.tanh(value / LARGEST_BIAS);
    const steepness = LARGEST_SCALE / (LARGEST_SCALE - 1);
    return LARGEST_SCALE / (1 + (LARGEST_SCALE - 1) * Math.exp(-steepness * value));
  });
}

/** The derivative of `bounded`, by its value. */
function slopeOfBound(value: number, isScale: boolean): number {
  if (!isScale) return 1 - (value / LARGEST_BIAS) ** 2;
  return (value * (LARGEST_SCALE - value)) / (LARGEST_SCALE - 1);
}

export const entry: MethodEntry = {
  name: NAME,
  summary: 'Calibrates with a scale and a bias per class, fitted to the log loss within bounds.',
  settings,
  parse: (given) => vectorScaling(given as VectorScalingOptions),
};
