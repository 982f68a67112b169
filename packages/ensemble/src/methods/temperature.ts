import { minimizeLbfgs, type Predictions } from '@podium/core';
import { defineMethod, type FittedOn, type Method, type MethodEntry } from '../method.ts';
import { blended, logSumExp, scoresOf, softmaxInPlace } from '../support/members.ts';
import { onlyMember } from '../support/only.ts';
import { readSettings } from '../support/settings.ts';

/**
 * Temperature scaling (Guo et al., On Calibration of Modern Neural Networks, ICML 2017): softmax(logits / T), T fitted to
 * the log loss, between 1/1000 and 1000. Changes how sure the predictions are and never what they decide.
 */
export function temperature(): Method<{ readonly temperature: number } & FittedOn> {
  const name = 'temperature';
  return defineMethod({
    name,
    fit: ({ members, truth }) => {
      const member = onlyMember(name, members);
      const scores = scoresOf(member);
      const width = member.classes.length;
      const row = new Float64Array(width);
      // In log(1 / T), which cannot leave the positive numbers.
      const { x } = minimizeLbfgs(
        (at, gradient) => {
          const inverse = Math.exp(at[0]!);
          let [loss, slope] = [0, 0];
          truth.forEach((label, i) => {
            const own = scores.subarray(i * width, (i + 1) * width);
            for (let k = 0; k < width; k++) row[k] = inverse * own[k]!;
            const total = logSumExp(row);
            loss += total - row[label]!;
            slope -= own[label]!;
            for (let k = 0; k < width; k++) slope += Math.exp(row[k]! - total) * own[k]!;
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
      const member: Predictions = onlyMember(name, members);
      const scaled = scoresOf(member).map((value) => value / parameters.temperature);
      return blended([member], softmaxInPlace(scaled, member.classes.length));
    },
  });
}

export const entry: MethodEntry = {
  name: 'temperature',
  summary: 'Calibrates with one temperature, fitted to the log loss; decisions stay.',
  parse: (settings) => {
    readSettings('method "temperature"', settings).end();
    return temperature();
  },
};
