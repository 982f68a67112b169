import { compareCodeUnits, hashBytes, type Rng, type Score } from '@podium/core';
import { z } from 'zod';
import { isBetter } from '../compare-scores.ts';
import { probabilitiesOf } from '../members/probabilities.ts';
import { addWeighted } from '../members/weights.ts';
import {
  defineMethod,
  type FitRows,
  type FittedOn,
  type Method,
  type MethodEntry,
  methodSettings,
} from '../method.ts';
import { mean } from '../rules/mean.ts';

const NAME = 'selection';

const settings = z.strictObject({
  steps: z
    .int()
    .min(1)
    .max(10_000)
    .default(50)
    .describe('Number of members added, one per step; the best step is kept.'),
  warmStart: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe('Starts from the best of the first 1, 2, .. `warmStart` members by score.'),
  bags: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe(
      'Repetitions with random subsets of members, whose weights are averaged: overfits less. If the average scores worse than the best member, that member is used alone.',
    ),
  bagShare: z.number().min(0.01).max(1).default(0.5).describe('Fraction of the members in a bag.'),
});

export interface SelectionOptions extends z.input<typeof settings> {
  readonly score: Score;
}

/** One weight per member, of sum 1. */
export interface MemberWeights {
  readonly weights: readonly number[];
}

/**
 * Greedy selection with replacement (Caruana et al., Ensemble Selection from Libraries of Models, ICML 2004): starting from
 * the best members, repeatedly adds the member that improves the score most. On the rows it was fitted to it is never worse
 * than the best single member. The order of members does not matter.
 *
 * @example
 * const { nestedScore } = nested(selection({ score }), members, truth, { score, rng });
 */
export function selection({ score, ...options }: SelectionOptions): Method<MemberWeights & FittedOn> {
  return create(methodSettings(NAME, settings, options), score);
}

function create(
  { steps, warmStart, bags, bagShare }: z.output<typeof settings>,
  score: Score,
): Method<MemberWeights & FittedOn> {
  return defineMethod({
    name: NAME,
    fit: (rows) => {
      const library = libraryOf(rows, score);
      const total = new Float64Array(library.length);
      for (let bag = 0; bag < bags; bag++) {
        const inBag = bags === 1 ? library : drawBag(library, bagShare, rows.rng.split('bag', bag));
        const counts = grow(inBag, rows, score, steps, warmStart);
        const size = counts.reduce((sum, count) => sum + count, 0);
        counts.forEach((count, i) => {
          const { member } = inBag[i]!;
          total[member] = total[member]! + count / size / bags;
        });
      }
      // Averaged bags, or rounding, can be worse than the best member.
      const best = library[0]!;
      const blendedScore = score.score(rows.truth, mean(rows.members, total));
      if (isBetter(score, best.score, blendedScore)) total.fill(0)[best.member] = 1;
      return { weights: [...total] };
    },
    apply: ({ weights }, members) => mean(members, weights),
  });
}

interface Candidate {
  readonly member: number;
  readonly score: number;
  readonly values: Float64Array;
}

/** Best first; equal scores by content, so that the result does not depend on the order of members. */
function libraryOf({ members, truth }: FitRows, score: Score): Candidate[] {
  const candidates = members.map((member, index) => ({
    member: index,
    score: score.score(truth, mean([member])),
    values: probabilitiesOf(member),
    hash: hashBytes(new Uint8Array(member.values.buffer, member.values.byteOffset, member.values.byteLength)),
  }));
  return candidates.sort((a, b) => {
    if (isBetter(score, a.score, b.score)) return -1;
    if (isBetter(score, b.score, a.score)) return 1;
    return compareCodeUnits(a.hash, b.hash);
  });
}

function drawBag(library: readonly Candidate[], share: number, rng: Rng): Candidate[] {
  const indices = library.map((_, i) => i);
  const picked = rng.sample(indices, Math.max(1, Math.round(share * library.length)));
  return picked.sort((a, b) => a - b).map((i) => library[i]!);
}

/** How often each candidate is selected. */
function grow(
  library: readonly Candidate[],
  { members, truth }: FitRows,
  score: Score,
  steps: number,
  warmStart: number,
): Uint32Array {
  const first = members[0]!;
  const scratch = new Float32Array(first.values.length);
  const rows = { ...first, kind: 'probabilities' as const, values: scratch };
  const sum = new Float64Array(scratch.length);
  const scoreWith = ({ values }: Candidate, size: number): number => {
    for (let i = 0; i < scratch.length; i++) scratch[i] = (sum[i]! + values[i]!) / size;
    return score.score(truth, rows);
  };

  // Start from as many of the best members as score best together.
  let start = { size: 1, value: Number.NaN };
  library.slice(0, warmStart).forEach((candidate, i) => {
    const value = scoreWith(candidate, i + 1);
    if (i === 0 || isBetter(score, value, start.value)) start = { size: i + 1, value };
    addWeighted(sum, candidate.values, 1);
  });
  sum.fill(0);
  const counts = new Uint32Array(library.length);
  library.slice(0, start.size).forEach((candidate, i) => {
    addWeighted(sum, candidate.values, 1);
    counts[i] = 1;
  });

  let best = { value: start.value, counts: counts.slice() };
  for (let size = start.size + 1; size <= steps; size++) {
    let choice = { index: -1, value: Number.NaN };
    library.forEach((candidate, index) => {
      const value = scoreWith(candidate, size);
      if (choice.index < 0 || isBetter(score, value, choice.value)) choice = { index, value };
    });
    addWeighted(sum, library[choice.index]!.values, 1);
    counts[choice.index] = counts[choice.index]! + 1;
    if (isBetter(score, choice.value, best.value)) best = { value: choice.value, counts: counts.slice() };
  }
  return best.counts;
}

export const entry: MethodEntry = {
  name: NAME,
  summary: 'Greedy selection of members with replacement (Caruana 2004), with bagging and a warm start.',
  settings,
  parse: (given, { score }) => create(methodSettings(NAME, settings, given), score),
};
