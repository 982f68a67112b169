import { crossEntropy, Rng } from '@podium/core';
import { assignGroups } from './assign-groups.ts';
import type { FeatureMatrix } from './feature-matrix.ts';
import { createProbeFitter, probeLogits } from './linear-probe.ts';

/** Inverse strengths of the penalty that are tried, half a decade apart. */
export const PROBE_STRENGTHS: readonly number[] = [
  1e-5, 3.2e-5, 1e-4, 3.2e-4, 1e-3, 3.2e-3, 0.01, 0.032, 0.1, 0.32, 1,
];
/** Where the search begins: what suits most data. */
export const USUAL = 0.01;
export const INNER_FOLDS = 3;

/** The held-out loss of a strength. */
export interface TriedStrength {
  readonly c: number;
  /** Mean cross-entropy (for numbers, mean squared error) of rows of held-out groups. */
  readonly loss: number;
}

export interface StrengthSearch {
  readonly features: FeatureMatrix;
  /** Rows of the features to choose by. */
  readonly rows: readonly number[];
  /** `[R,K]` for these rows: target probabilities times the weight of the row in the loss. */
  readonly targets: Float32Array;
  readonly classes: number;
  /** One per row: rows of a group are held out together. */
  readonly groups: readonly string[];
  /** Whether a row, counted among `rows`, is asked when it is held out; the others only train. Default: all are. */
  readonly judges?: (at: number) => boolean;
  readonly seed?: string | number;
}

/**
 * Chooses a probe's strength by the cross-entropy of held-out groups, in three folds inside the given rows: from the usual
 * strength, half a decade at a time, in the direction in which the loss falls.
 * @returns the best one, and those that were tried, by strength; the usual one where too few groups can be held out
 */
export function chooseStrength(search: StrengthSearch): {
  readonly c: number;
  readonly tried: readonly TriedStrength[];
} {
  const { features, rows, targets, classes, groups, judges = () => true, seed = 0 } = search;
  const folds = assignGroups(groups, INNER_FOLDS, Rng.fromSeed(seed).split('strength'));
  const parts = Array.from({ length: INNER_FOLDS }, (_, fold) => {
    const train = indicesWhere(folds, (own) => own !== fold);
    const test = indicesWhere(folds, (own, at) => own === fold && judges(at));
    return { train, test };
  }).filter(({ train, test }) => train.length > 0 && test.length > 0);
  if (parts.length < 2) return { c: USUAL, tried: [] };
  const rowsOf = (some: readonly number[]) => some.map((at) => rows[at]!);
  const fitters = parts.map(({ train }) => {
    const own = new Float32Array(train.length * classes);
    for (const [to, at] of train.entries())
      own.set(targets.subarray(at * classes, (at + 1) * classes), to * classes);
    return createProbeFitter(features, rowsOf(train), own, classes);
  });
  const losses = new Map<number, number>();
  const [scores, slopes] = [new Float64Array(classes), new Float64Array(classes)];
  const lossAt = (index: number): number => {
    const known = losses.get(index);
    if (known !== undefined) return known;
    let [loss, weight] = [0, 0];
    for (const [i, { test }] of parts.entries()) {
      const probe = fitters[i]!.fit(PROBE_STRENGTHS[index]!);
      const logits = probeLogits(probe, features, rowsOf(test));
      for (const [to, at] of test.entries()) {
        scores.set(logits.subarray(to * classes, (to + 1) * classes));
        loss += crossEntropy(scores, targets, at * classes, slopes);
        for (let k = 0; k < classes; k++) weight += targets[at * classes + k]!;
      }
    }
    losses.set(index, loss / weight);
    return loss / weight;
  };
  try {
    const best = descend(PROBE_STRENGTHS.indexOf(USUAL), PROBE_STRENGTHS.length, lossAt);
    const tried = [...losses].sort(([a], [b]) => a - b);
    return {
      c: PROBE_STRENGTHS[best]!,
      tried: tried.map(([index, loss]) => ({ c: PROBE_STRENGTHS[index]!, loss })),
    };
  } finally {
    for (const fitter of fitters) fitter.dispose();
  }
}

/** Walks from `start` to a minimum of a function of whole numbers below `count`, which has one. */
export function descend(start: number, count: number, valueAt: (index: number) => number): number {
  let at = start;
  for (const step of [1, -1]) {
    while (at + step >= 0 && at + step < count && valueAt(at + step) < valueAt(at)) at += step;
    if (at !== start) break;
  }
  return at;
}

export function indicesWhere(values: Int32Array, test: (value: number, at: number) => boolean): number[] {
  const found: number[] = [];
  for (const [at, value] of values.entries()) if (test(value, at)) found.push(at);
  return found;
}
