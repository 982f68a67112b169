import { defineMethod, type FitRows, type FittedOn, type Method, type MethodEntry } from '../method.ts';
import { mean } from '../rules/mean.ts';
import { isBetter, type Score } from '../score.ts';
import { probabilitiesOf } from '../support/members.ts';
import { readSettings } from '../support/settings.ts';
import { addWeighted } from '../support/weights.ts';
import { logLossWeights } from './log-loss-weights.ts';
import type { MemberWeights } from './selection.ts';

export interface ScoreWeightsOptions {
  readonly score: Score;
  /** The first change of a weight; halved until below `finest`. Default 0.25. */
  readonly coarsest?: number;
  /** Default 1/64: finer weights fit the noise. */
  readonly finest?: number;
}

const MOST_ROUNDS = 20;

/**
 * Weights for a score that has no gradient, such as macro F1: from the best of equal weights, those of least log loss and
 * the best single member, raises and lowers one weight at a time by ever smaller steps while that helps. Deterministic.
 * On the rows it was fitted on never worse than the best single member or the plain mean.
 */
export function scoreWeights({ score, ...settings }: ScoreWeightsOptions): Method<MemberWeights & FittedOn> {
  const { coarsest, finest } = optionsFrom(settings);
  return defineMethod({
    name: 'score-weights',
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
  // Scored as they will be used, rounded to float32, so that the promise above holds to the bit.
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
    values.forEach((own, m) => {
      addWeighted(blend, own, weights[m]!);
    });
  };
  refill();
  for (let step = coarsest; step >= finest; step /= 2) {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      let moved = false;
      for (let m = 0; m < values.length; m++) {
        for (const change of [step, -step]) {
          // One weight moves and the others keep their ratios; at 1 the member would be alone.
          const before = weights[m]!;
          const after = Math.min(1, Math.max(0, before + change));
          if (after === before || before === 1) continue;
          const keep = (1 - after) / (1 - before);
          const own = values[m]!;
          const plus = after - keep * before;
          for (let i = 0; i < scratch.length; i++) scratch[i] = keep * blend[i]! + plus * own[i]!;
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

function optionsFrom(settings: unknown): Required<Omit<ScoreWeightsOptions, 'score'>> {
  const reader = readSettings('method "score-weights"', settings);
  const options = {
    coarsest: reader.number('coarsest', 0.25, 1e-4, 1),
    finest: reader.number('finest', 1 / 64, 1e-4, 1),
  };
  reader.end();
  return options;
}

export const entry: MethodEntry = {
  name: 'score-weights',
  summary: 'Weights of the mean that score best (macro F1, say), by a deterministic search.',
  parse: (settings, { score }) => scoreWeights({ ...optionsFrom(settings), score }),
};
