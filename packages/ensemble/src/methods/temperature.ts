import { logSumExp, minimizeLbfgs, softmaxInPlace } from '@podium/core';
import { z } from 'zod';
import { smoothedTargets } from '../calibration/smoothed-targets.ts';
import { blended } from '../members/align-members.ts';
import { onlyMember } from '../members/only-member.ts';
import { scoresOf } from '../members/probabilities.ts';
import { defineMethod, type FittedOn, type Method, type MethodEntry, methodSettings } from '../method.ts';

const NAME = 'temperature';

/** Networks that are less confident than they may be by more than this factor are left less confident. */
const COLDEST = 0.2;
/** Toward equal probabilities. */
const HOTTEST = 1000;

/**
 * Temperature scaling (Guo et al., On Calibration of Modern Neural Networks, ICML 2017): softmax(logits / T), with T fitted
 * to the log loss. Changes the confidence, never the predicted class.
 *
 * Few rows, or rows that the logits separate, cannot make predictions certain: T is fitted to Platt's targets (see
 * `smoothedTargets`), with a half-normal prior of standard deviation 1 on log T below 0, and is never below 0.2.
 */
export function temperature(): Method<{ readonly temperature: number } & FittedOn> {
  return defineMethod({
    name: NAME,
    fit: ({ members, truth }) => {
      const member = onlyMember(NAME, members);
      const scores = scoresOf(member);
      const width = member.classes.length;
      const { right, wrong } = smoothedTargets({ members, truth });
      const scaled = new Float64Array(width);
      // Minimizes over log(1 / T), so that T stays positive.
      const { x } = minimizeLbfgs(
        (parameters, gradient) => {
          const inverse = Math.exp(parameters[0]!);
          const colder = Math.max(0, parameters[0]!);
          let [loss, slope] = [(colder * colder) / 2, 0];
          truth.forEach((label, i) => {
            const row = scores.subarray(i * width, (i + 1) * width);
            for (let k = 0; k < width; k++) scaled[k] = inverse * row[k]!;
            const total = logSumExp(scaled);
            for (let k = 0; k < width; k++) {
              const target = k === label ? right : wrong;
              loss += target * (total - scaled[k]!);
              slope += (Math.exp(scaled[k]! - total) - target) * row[k]!;
            }
          });
          gradient[0] = (colder + slope * inverse) / truth.length;
          return loss / truth.length;
        },
        new Float64Array(1),
        { tolerance: 1e-9 },
      );
      return { temperature: Math.min(HOTTEST, Math.max(COLDEST, Math.exp(-x[0]!))) };
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
  summary:
    'Calibrates with one temperature, fitted to the log loss within bounds; predicted classes stay the same.',
  settings,
  parse: (given) => {
    methodSettings(NAME, settings, given);
    return temperature();
  },
};
