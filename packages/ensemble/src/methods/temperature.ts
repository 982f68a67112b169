import { logSumExp, minimizeLbfgs, softmaxInPlace } from '@podium/core';
import { z } from 'zod';
import { blended } from '../members/align-members.ts';
import { onlyMember } from '../members/only-member.ts';
import { scoresOf } from '../members/probabilities.ts';
import { defineMethod, type FittedOn, type Method, type MethodEntry, methodSettings } from '../method.ts';

const NAME = 'temperature';

/**
 * Temperature scaling (Guo et al., On Calibration of Modern Neural Networks, ICML 2017): softmax(logits / T), with T fitted
 * to the log loss, between 1/1000 and 1000. Changes the confidence, never the predicted class.
 */
export function temperature(): Method<{ readonly temperature: number } & FittedOn> {
  return defineMethod({
    name: NAME,
    fit: ({ members, truth }) => {
      const member = onlyMember(NAME, members);
      const scores = scoresOf(member);
      const width = member.classes.length;
      const scaled = new Float64Array(width);
      // Minimizes over log(1 / T), so that T stays positive.
      const { x } = minimizeLbfgs(
        (parameters, gradient) => {
          const inverse = Math.exp(parameters[0]!);
          let [loss, slope] = [0, 0];
          truth.forEach((label, i) => {
            const row = scores.subarray(i * width, (i + 1) * width);
            for (let k = 0; k < width; k++) scaled[k] = inverse * row[k]!;
            const total = logSumExp(scaled);
            loss += total - scaled[label]!;
            slope -= row[label]!;
            for (let k = 0; k < width; k++) slope += Math.exp(scaled[k]! - total) * row[k]!;
          });
          gradient[0] = (slope * inverse) / truth.length;
          return loss / truth.length;
        },
        new Float64Array(1),
        { tolerance: 1e-9 },
      );
      return { temperature: Math.min(1000, Math.max(1e-3, Math.exp(-x[0]!))) };
    },
    apply: (parameters, members) => {
      const member = onlyMember(NAME, members);
      const scaled = scoresOf(member).map((value) => value / parameters.temperature);
      return blended([member], softmaxInPlace(scaled, member.classes.length));
    },
  });
}

const settings = z.strictObject({});

export const entry: MethodEntry = {
  name: NAME,
  summary: 'Calibrates with one temperature, fitted to the log loss; predicted classes stay the same.',
  settings,
  parse: (given) => {
    methodSettings(NAME, settings, given);
    return temperature();
  },
};
