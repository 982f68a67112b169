import { logSumExp, minimizeLbfgs, softmaxInPlace } from '@podium/core';
import { z } from 'zod';
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
    .default(1e-4)
    .describe('Weight of half the squared distance from scale 1 and bias 0; keeps rare classes in bounds.'),
});

export type VectorScalingOptions = z.input<typeof settings>;

/** `[K]` each. */
interface Scaling {
  readonly scale: readonly number[];
  readonly bias: readonly number[];
}

/**
 * Vector scaling (Guo et al. 2017): softmax(scale x logits + bias) with a scale and a bias per class, fitted to the log loss.
 */
export function vectorScaling(options: VectorScalingOptions = {}): Method<Scaling & FittedOn> {
  const { penalty } = methodSettings(NAME, settings, options);
  return defineMethod({
    name: NAME,
    fit: ({ members, truth }) => {
      const member = onlyMember(NAME, members);
      const scores = scoresOf(member);
      const width = member.classes.length;
      const scaled = new Float64Array(width);
      const start = new Float64Array(2 * width).fill(1, 0, width);
      const { x } = minimizeLbfgs(
        (parameters, gradient) => {
          let loss = 0;
          for (let i = 0; i < parameters.length; i++) {
            const off = parameters[i]! - start[i]!;
            loss += (penalty / 2) * off * off;
            gradient[i] = penalty * off;
          }
          truth.forEach((label, i) => {
            const row = scores.subarray(i * width, (i + 1) * width);
            for (let k = 0; k < width; k++) scaled[k] = parameters[k]! * row[k]! + parameters[width + k]!;
            const total = logSumExp(scaled);
            loss += (total - scaled[label]!) / truth.length;
            for (let k = 0; k < width; k++) {
              const error = (Math.exp(scaled[k]! - total) - Number(k === label)) / truth.length;
              gradient[k] = gradient[k]! + error * row[k]!;
              gradient[width + k] = gradient[width + k]! + error;
            }
          });
          return loss;
        },
        start,
        { tolerance: 1e-7, maxIterations: 1000 },
      );
      return { scale: [...x.subarray(0, width)], bias: [...x.subarray(width)] };
    },
    apply: ({ scale, bias }, members) => {
      const member = onlyMember(NAME, members);
      const width = member.classes.length;
      const scaled = scoresOf(member).map((value, i) => scale[i % width]! * value + bias[i % width]!);
      return blended([member], softmaxInPlace(scaled, width));
    },
  });
}

export const entry: MethodEntry = {
  name: NAME,
  summary: 'Calibrates with a scale and a bias per class, fitted to the log loss.',
  settings,
  parse: (given) => vectorScaling(given as VectorScalingOptions),
};
