import type { Predictions } from '@podium/core';
import type { BlendRule } from '../rule.ts';
import { fail } from '../support/errors.ts';
import { alignMembers, blended, normalizeRows, probabilitiesOf } from '../support/members.ts';
import { readSettings } from '../support/settings.ts';
import { addWeighted, shares } from '../support/weights.ts';
import { geometricMean } from './geometric-mean.ts';

const MOST = 100;

/**
 * The power mean of probabilities, (mean of p^power)^(1/power), made to sum to 1 again. 1 is the arithmetic mean, above it
 * the surer members count more, below it agreement does; 0 is the geometric mean, -1 the harmonic.
 * @param power from -100 to 100
 * @throws PodiumError `ensemble-setting`, as `alignMembers` does, `ensemble-weights`
 */
export function powerMean(
  members: readonly Predictions[],
  power: number,
  weights?: ArrayLike<number>,
): Predictions {
  if (!(Math.abs(power) <= MOST)) {
    fail({
      code: 'ensemble-setting',
      path: { key: 'power' },
      expected: `a number from -${MOST} to ${MOST}`,
      got: String(power),
    });
  }
  if (power === 0) return geometricMean(members, weights);
  const aligned = alignMembers(members);
  const [first] = aligned as readonly [Predictions];
  const share = shares(weights, aligned.length);
  const used = aligned.flatMap((member, m) =>
    share[m] === 0 ? [] : [{ values: probabilitiesOf(member), weight: share[m]! }],
  );
  // Relative to the largest of the members, so that no power overflows or underflows to nothing.
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
  parse: (settings) => {
    const reader = readSettings('rule "power-mean"', settings);
    const power = reader.number('power', 2, -MOST, MOST);
    reader.end();
    return (members, weights) => powerMean(members, power, weights);
  },
};
