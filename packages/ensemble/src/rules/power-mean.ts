import type { Predictions } from '@podium/core';
import { z } from 'zod';
import { alignMembers, blended } from '../members/align-members.ts';
import { assertClasses, normalizeRows, probabilitiesOf } from '../members/probabilities.ts';
import { addWeighted, shares } from '../members/weights.ts';
import { type BlendRule, ruleSettings } from '../rule.ts';
import { geometricMean } from './geometric-mean.ts';

const settings = z.strictObject({
  power: z
    .number()
    .min(-100)
    .max(100)
    .default(2)
    .describe('1 is the arithmetic mean; above it confident members count more, below it agreement does.'),
});

/**
 * The power mean of probabilities, (mean of p^power)^(1/power), normalized to sum 1. 1 is the arithmetic mean; above it
 * confident members count more, below it agreement does; 0 is the geometric mean, -1 the harmonic mean.
 * @param power from -100 to 100
 * @throws PodiumError `ensemble-setting`, as `alignMembers` does, `ensemble-weights`
 */
export function powerMean(
  members: readonly Predictions[],
  power: number,
  weights?: ArrayLike<number>,
): Predictions {
  ruleSettings('power-mean', settings, { power });
  if (power === 0) return geometricMean(members, weights);
  const aligned = alignMembers(members);
  const first = aligned[0]!;
  assertClasses(first, 'power-mean');
  const share = shares(weights, aligned.length);
  const used = aligned.flatMap((member, m) =>
    share[m] === 0 ? [] : [{ values: probabilitiesOf(member), weight: share[m]! }],
  );
  // Relative to the largest (or smallest) member, so that no power overflows or underflows to 0.
  const largest = new Float64Array(first.values.length);
  const smallest = new Float64Array(first.values.length).fill(1);
  for (const { values } of used) {
    for (let i = 0; i < largest.length; i++) {
      const value = Math.max(0, values[i]!);
      largest[i] = Math.max(largest[i]!, value);
      smallest[i] = Math.min(smallest[i]!, value);
    }
  }
  const scale = power > 0 ? largest : smallest;
  const sum = new Float64Array(first.values.length);
  for (const { values, weight } of used) {
    addWeighted(
      sum,
      values.map((value, i) => (scale[i] === 0 ? 0 : (Math.max(0, value) / scale[i]!) ** power)),
      weight,
    );
  }
  for (let i = 0; i < sum.length; i++) sum[i] = scale[i] === 0 ? 0 : scale[i]! * sum[i]! ** (1 / power);
  return blended(aligned, first.task === 'single-label' ? normalizeRows(sum, first.classes.length) : sum);
}

export const entry: BlendRule = {
  name: 'power-mean',
  summary: 'Power mean of probabilities: { power: 2 }; 1 is the mean, 0 the geometric mean.',
  settings,
  parse: (given) => {
    const { power } = ruleSettings('power-mean', settings, given);
    return (members, weights) => powerMean(members, power, weights);
  },
};
