import type { Score } from '@podium/core';
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
import { logLossWeights } from './log-loss-weights.ts';
import type { MemberWeights } from './selection.ts';

const NAME = 'score-weights';

const settings = z.strictObject({
  coarsest: z
    .number()
    .min(1e-4)
    .max(1)
    .default(0.25)
    .describe('The first change of a weight; halved until it is below `finest`.'),
  finest: z
    .number()
    .min(1e-4)
    .max(1)
    .default(1 / 64)
    .describe('The smallest change of a weight; smaller ones fit noise.'),
});

export interface ScoreWeightsOptions extends z.input<typeof settings> {
  readonly score: Score;
}

const MAX_ROUNDS = 20;

/**
 * Weights for a score without a gradient, such as macro F1. Starts from the best of equal weights, the weights of lowest
 * log loss, and single members; then raises and lowers one weight at a time, by ever smaller steps, while that helps.
 * Deterministic. On the rows it was fitted to it is never worse than the best single member or the plain mean.
 */
export function scoreWeights({ score, ...options }: ScoreWeightsOptions): Method<MemberWeights & FittedOn> {
  return create(methodSettings(NAME, settings, options), score);
}

function create(
  { coarsest, finest }: z.output<typeof settings>,
  score: Score,
): Method<MemberWeights & FittedOn> {
  return defineMethod({
    name: NAME,
    fit: (rows) => ({ weights: search(rows, score, coarsest, finest) }),
    apply: ({ weights }, members) => mean(members, weights),
  });
}

function search(rows: FitRows, score: Score, coarsest: number, finest: number): number[] {
  const { members, truth } = rows;
  const count = members.length;
  const single = (m: number) => Float64Array.from({ length: count }, (_, i) => Number(i === m));
  const starts = [
    new Float64Array(count).fill(1 / count),
    Float64Array.from(logLossWeights().fit(rows).weights),
    ...members.map((_, m) => single(m)),
  ];
  // Scored as they will be used, rounded to float32, so that the promise above holds exactly.
  const exact = (weights: Float64Array): number => score.score(truth, mean(members, weights));
  const best = starts
    .map((weights) => ({ weights, value: exact(weights) }))
    .reduce((top, next) => (isBetter(score, next.value, top.value) ? next : top));
  const climbed = climb(rows, score, best, coarsest, finest);
  return [...(isBetter(score, exact(climbed), best.value) ? climbed : best.weights)];
}

function climb(
  { members, truth }: FitRows,
  score: Score,
  start: { readonly weights: Float64Array; readonly value: number },
  coarsest: number,
  finest: number,
): Float64Array {
  const first = members[0]!;
  const values = members.map(probabilitiesOf);
  const scratch = new Float32Array(first.values.length);
  const rows = { ...first, kind: 'probabilities' as const, values: scratch };
  let { weights, value } = start;
  const blend = new Float64Array(scratch.length);
  const refill = (): void => {
    blend.fill(0);
    values.forEach((probabilities, m) => {
      addWeighted(blend, probabilities, weights[m]!);
    });
  };
  refill();
  for (let step = coarsest; step >= finest; step /= 2) {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      let moved = false;
      for (let m = 0; m < values.length; m++) {
        for (const change of [step, -step]) {
          // One weight moves and the others keep their ratios; a member with weight 1 is the only one.
          const before = weights[m]!;
          const after = Math.min(1, Math.max(0, before + change));
          if (after === before || before === 1) continue;
          const keep = (1 - after) / (1 - before);
          const probabilities = values[m]!;
          const plus = after - keep * before;
          for (let i = 0; i < scratch.length; i++) scratch[i] = keep * blend[i]! + plus * probabilities[i]!;
          const next = score.score(truth, rows);
          if (!isBetter(score, next, value)) continue;
          weights = weights.map((weight, i) => (i === m ? after : keep * weight));
          value = next;
          moved = true;
          refill();
        }
      }
      if (!moved) break;
    }
  }
  return weights;
}

export const entry: MethodEntry = {
  name: NAME,
  summary: 'Weights of the mean with the best score (such as macro F1), by a deterministic search.',
  settings,
  parse: (given, { score }) => create(methodSettings(NAME, settings, given), score),
};
