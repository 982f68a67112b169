import { argmax, type Predictions } from '@podium/core';
import { z } from 'zod';
import { bestMultiplier } from '../macro-f1/best-multiplier.ts';
import { macroF1OfCounts } from '../macro-f1/macro-f1-of-counts.ts';
import { blended } from '../members/align-members.ts';
import { onlyMember } from '../members/only-member.ts';
import { normalizeRows, probabilitiesOf } from '../members/probabilities.ts';
import {
  defineMethod,
  type FitRows,
  type FittedOn,
  type Method,
  type MethodEntry,
  methodSettings,
} from '../method.ts';

const NAME = 'class-multipliers';

const settings = z.strictObject({
  limit: z.number().min(1).max(1e6).default(10).describe('Multipliers lie between 1 / limit and limit.'),
  rounds: z.int().min(1).max(1000).default(5).describe('Passes over the classes.'),
  minGain: z
    .number()
    .min(0)
    .max(1)
    .default(1e-4)
    .describe('Smallest gain in macro F1 for which a multiplier is changed.'),
});

export type ClassMultiplierOptions = z.input<typeof settings>;

/** `[K]` */
interface Multipliers {
  readonly multipliers: readonly number[];
}

/**
 * Predicts argmax(probability x multiplier) with one multiplier per class, fitted to macro F1: the equivalent of a threshold
 * for more than two classes. For one class at a time, a sweep over all rows, in the order in which they would change sides,
 * finds the exact optimum given the other classes' multipliers. Rare classes gain most and overfit most: check the nested
 * score.
 */
export function classMultipliers(options: ClassMultiplierOptions = {}): Method<Multipliers & FittedOn> {
  const parsed = methodSettings(NAME, settings, options);
  return defineMethod({
    name: NAME,
    fit: (rows) => ({ multipliers: fitMultipliers(onlyMember(NAME, rows.members), rows, parsed) }),
    apply: ({ multipliers }, members) => multiplied(onlyMember(NAME, members), multipliers),
  });
}

/** Probabilities times one factor per class, normalized to sum 1. */
export function multiplied(member: Predictions, factors: ArrayLike<number>): Predictions {
  const width = member.classes.length;
  const values = probabilitiesOf(member).map((value, i) => value * factors[i % width]!);
  return blended([member], normalizeRows(values, width));
}

function fitMultipliers(
  member: Predictions,
  { truth }: FitRows,
  { limit, rounds, minGain }: z.output<typeof settings>,
): number[] {
  const width = member.classes.length;
  const values = probabilitiesOf(member);
  const multipliers = new Float64Array(width).fill(1);
  const baseline = macroF1(truth, multiplied(member, multipliers));
  let score = baseline;
  for (let round = 0; round < rounds; round++) {
    let changed = false;
    for (let k = 0; k < width; k++) {
      const { multiplier, score: next } = bestMultiplier(values, truth, multipliers, k, limit);
      if (!(next >= score + minGain)) continue;
      multipliers[k] = multiplier;
      score = next;
      changed = true;
    }
    if (!changed) break;
  }
  // Rounding to float32 may change a prediction: never return less than without multipliers.
  if (baseline > macroF1(truth, multiplied(member, multipliers))) multipliers.fill(1);
  return [...multipliers];
}

function macroF1(truth: Int32Array, { values, classes }: Predictions): number {
  const width = classes.length;
  const hits = new Uint32Array(width);
  const actual = new Uint32Array(width);
  const predicted = new Uint32Array(width);
  truth.forEach((label, row) => {
    const guess = argmax(values, row * width, width);
    actual[label] = actual[label]! + 1;
    predicted[guess] = predicted[guess]! + 1;
    if (guess === label) hits[guess] = hits[guess]! + 1;
  });
  return macroF1OfCounts(hits, actual, predicted);
}

export const entry: MethodEntry = {
  name: NAME,
  summary: 'One multiplier (threshold) per class, fitted to macro F1.',
  settings,
  parse: (given) => classMultipliers(given as ClassMultiplierOptions),
};
