import { hashBytes, type Rng } from '@podium/core';
import { defineMethod, type FitRows, type FittedOn, type Method, type MethodEntry } from '../method.ts';
import { mean } from '../rules/mean.ts';
import { isBetter, type Score } from '../score.ts';
import { probabilitiesOf } from '../support/members.ts';
import { readSettings } from '../support/settings.ts';
import { addWeighted } from '../support/weights.ts';

export interface SelectionOptions {
  readonly score: Score;
  /** Members added, one a step; the best of all steps is kept. Default 50. */
  readonly steps?: number;
  /** Starts from the best of the first 1, 2, .. `warmStart` members by their own score. Default 5. */
  readonly warmStart?: number;
  /**
   * Repeats with random subsets of members, whose weights are averaged: fits the labels less. Where the average scores worse
   * than the best member on these rows, that member is taken alone. Default 1: no bagging.
   */
  readonly bags?: number;
  /** The share of members in a bag. Default 0.5. */
  readonly bagShare?: number;
}

/** One weight a member, sum 1. */
export interface MemberWeights {
  readonly weights: readonly number[];
}

/**
 * Greedy selection with replacement (Caruana et al., Ensemble Selection from Libraries of Models, ICML 2004): starting
 * from the best members, adds again and again the member whose addition scores best. On the rows it was fitted on it is
 * never worse than the best single member. The order of members does not matter.
 */
export function selection({ score, ...settings }: SelectionOptions): Method<MemberWeights & FittedOn> {
  const { steps, warmStart, bags, bagShare } = optionsFrom(settings);
  return defineMethod({
    name: 'selection',
    fit: (rows) => {
      const library = libraryOf(rows, score);
      const total = new Float64Array(library.length);
      for (let bag = 0; bag < bags; bag++) {
        const inBag = bags === 1 ? library : drawn(library, bagShare, rows.rng.split('bag', bag));
        const counts = grow(inBag, rows, score, steps, warmStart);
        const size = counts.reduce((sum, count) => sum + count, 0);
        counts.forEach((count, i) => {
          const at = inBag[i]!.member;
          total[at] = total[at]! + count / size / bags;
        });
      }
      // Averaged bags, or rounding, may be worse than the best member: then that is the answer.
      const best = library[0]!;
      const own = score.score(rows.truth, mean(rows.members, total));
      if (isBetter(score, best.own, own)) total.fill(0)[best.member] = 1;
      return { weights: [...total] };
    },
    apply: ({ weights }, members) => mean(members, weights),
  });
}

interface Candidate {
  readonly member: number;
  readonly own: number;
  readonly values: Float64Array;
}

/** Best first; equal scores by content, so that neither result nor bags depend on how members are listed. */
function libraryOf({ members, truth }: FitRows, score: Score): Candidate[] {
  const candidates = members.map((member, index) => ({
    member: index,
    own: score.score(truth, mean([member])),
    values: probabilitiesOf(member),
    hash: hashBytes(new Uint8Array(member.values.buffer, member.values.byteOffset, member.values.byteLength)),
  }));
  return candidates.sort((a, b) => {
    if (isBetter(score, a.own, b.own)) return -1;
    if (isBetter(score, b.own, a.own)) return 1;
    return a.hash < b.hash ? -1 : Number(a.hash > b.hash);
  });
}

function drawn(library: readonly Candidate[], share: number, rng: Rng): Candidate[] {
  const places = library.map((_, i) => i);
  const picked = rng.sample(places, Math.max(1, Math.round(share * library.length)));
  return picked.sort((a, b) => a - b).map((i) => library[i]!);
}

/** How often each candidate was taken. */
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

  // Of the best 1, 2, .. members the number that scores best together; then on from there.
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

function optionsFrom(settings: unknown): Required<Omit<SelectionOptions, 'score'>> {
  const reader = readSettings('method "selection"', settings);
  const options = {
    steps: reader.integer('steps', 50, 1, 10_000),
    warmStart: reader.integer('warmStart', 5, 1, 1000),
    bags: reader.integer('bags', 1, 1, 1000),
    bagShare: reader.number('bagShare', 0.5, 0.01, 1),
  };
  reader.end();
  return options;
}

export const entry: MethodEntry = {
  name: 'selection',
  summary: 'Greedy selection of members with replacement (Caruana 2004), with bagging and a warm start.',
  parse: (settings, { score }) => selection({ ...optionsFrom(settings), score }),
};
