import { minimizeLbfgs, type Predictions } from '@podium/core';
import { defineMethod, type FittedOn, type Method, type MethodEntry } from '../method.ts';
import { blended, logSumExp, scoresOf, softmaxInPlace } from '../support/members.ts';
import { onlyMember } from '../support/only.ts';
import { readSettings } from '../support/settings.ts';

/** `[K]` each. */
interface Scaling {
  readonly scale: readonly number[];
  readonly bias: readonly number[];
}

export interface VectorScalingOptions {
  /** Of half the squared distance from scale 1 and bias 0; keeps rare classes in bounds. Default 1e-4; 0 for none. */
  readonly penalty?: number;
}

/**
 * Vector scaling (Guo et al. 2017): softmax(scale x logits + bias) with a scale and a bias a class, fitted to the log loss.
 */
export function vectorScaling(settings: VectorScalingOptions = {}): Method<Scaling & FittedOn> {
  const { penalty } = optionsFrom(settings);
  const name = 'vector-scaling';
  return defineMethod({
    name,
    fit: ({ members, truth }) => {
      const member = onlyMember(name, members);
      const scores = scoresOf(member);
      const width = member.classes.length;
      const row = new Float64Array(width);
      const start = new Float64Array(2 * width).fill(1, 0, width);
      const { x } = minimizeLbfgs(
        (at, gradient) => {
          let loss = 0;
          for (let i = 0; i < at.length; i++) {
            const off = at[i]! - start[i]!;
            loss += (penalty / 2) * off * off;
            gradient[i] = penalty * off;
          }
          truth.forEach((label, i) => {
            const own = scores.subarray(i * width, (i + 1) * width);
            for (let k = 0; k < width; k++) row[k] = at[k]! * own[k]! + at[width + k]!;
            const total = logSumExp(row);
            loss += (total - row[label]!) / truth.length;
            for (let k = 0; k < width; k++) {
              const error = (Math.exp(row[k]! - total) - Number(k === label)) / truth.length;
              gradient[k] = gradient[k]! + error * own[k]!;
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
      const member: Predictions = onlyMember(name, members);
      const width = member.classes.length;
      const scaled = scoresOf(member).map((value, i) => scale[i % width]! * value + bias[i % width]!);
      return blended([member], softmaxInPlace(scaled, width));
    },
  });
}

function optionsFrom(settings: unknown): Required<VectorScalingOptions> {
  const reader = readSettings('method "vector-scaling"', settings);
  const penalty = reader.number('penalty', 1e-4, 0, 1e6);
  reader.end();
  return { penalty };
}

export const entry: MethodEntry = {
  name: 'vector-scaling',
  summary: 'Calibrates with a scale and a bias a class, fitted to the log loss.',
  parse: (settings) => vectorScaling(optionsFrom(settings)),
};
