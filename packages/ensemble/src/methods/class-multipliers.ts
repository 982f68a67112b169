import type { Predictions } from '@podium/core';
import { defineMethod, type FitRows, type FittedOn, type Method, type MethodEntry } from '../method.ts';
import { isBetter, macroF1 } from '../score.ts';
import { bestMultiplier } from '../support/best-multiplier.ts';
import { blended, normalizeRows, probabilitiesOf } from '../support/members.ts';
import { onlyMember } from '../support/only.ts';
import { readSettings } from '../support/settings.ts';

export interface ClassMultiplierOptions {
  /** No multiplier is above this or below one over it. Default 10. */
  readonly limit?: number;
  /** Passes over the classes. Default 5. */
  readonly rounds?: number;
  /** What a change has to gain in macro F1: less is taken for noise. Default 1e-4. */
  readonly leastGain?: number;
}

/** `[K]`. */
interface Multipliers {
  readonly multipliers: readonly number[];
}

/**
 * Decides argmax(probability x multiplier) with a multiplier a class, fitted to macro F1: the thresholds of a problem with
 * more than two classes. One class at a time, its best multiplier given the others is found exactly, by a sweep over all
 * rows in the order in which they would change sides. Rare classes gain most, and are overfitted most: look at the
 * nested score.
 */
export function classMultipliers(settings: ClassMultiplierOptions = {}): Method<Multipliers & FittedOn> {
  const { limit, rounds, leastGain } = optionsFrom(settings);
  const name = 'class-multipliers';
  return defineMethod({
    name,
    fit: (rows) => ({ multipliers: fitted(onlyMember(name, rows.members), rows, limit, rounds, leastGain) }),
    apply: ({ multipliers }, members) => multiplied(onlyMember(name, members), multipliers),
  });
}

/** Probabilities times one factor a class, made to sum to 1 again. */
export function multiplied(member: Predictions, factors: ArrayLike<number>): Predictions {
  const width = member.classes.length;
  const values = probabilitiesOf(member).map((value, i) => value * factors[i % width]!);
  return blended([member], normalizeRows(values, width));
}

function fitted(
  member: Predictions,
  { truth }: FitRows,
  limit: number,
  rounds: number,
  leastGain: number,
): number[] {
  const width = member.classes.length;
  const values = probabilitiesOf(member);
  const multipliers = new Float64Array(width).fill(1);
  const plain = macroF1.score(truth, multiplied(member, multipliers));
  let score = plain;
  for (let round = 0; round < rounds; round++) {
    let moved = false;
    for (let k = 0; k < width; k++) {
      const { multiplier, score: next } = bestMultiplier(values, truth, multipliers, k, limit);
      if (!(next >= score + leastGain)) continue;
      multipliers[k] = multiplier;
      score = next;
      moved = true;
    }
    if (!moved) break;
  }
  // Rounding to float32 may turn a row: never worse than no multipliers on these rows.
  if (isBetter(macroF1, plain, macroF1.score(truth, multiplied(member, multipliers)))) multipliers.fill(1);
  return [...multipliers];
}

function optionsFrom(settings: unknown): Required<ClassMultiplierOptions> {
  const reader = readSettings('method "class-multipliers"', settings);
  const options = {
    limit: reader.number('limit', 10, 1, 1e6),
    rounds: reader.integer('rounds', 5, 1, 1000),
    leastGain: reader.number('leastGain', 1e-4, 0, 1),
  };
  reader.end();
  return options;
}

export const entry: MethodEntry = {
  name: 'class-multipliers',
  summary: 'A multiplier (threshold) a class, fitted to macro F1.',
  parse: (settings) => classMultipliers(optionsFrom(settings)),
};
