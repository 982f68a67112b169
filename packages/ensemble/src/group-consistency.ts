import type { Predictions } from '@podium/core';
import { combineHeadPredictions, splitHeads } from './heads.ts';
import { fail } from './support/errors.ts';
import {
  blended,
  logProbabilitiesOf,
  normalizeRows,
  probabilitiesOf,
  softmaxInPlace,
} from './support/members.ts';

/** How a group's rows are averaged: by log-probability one sure row counts for more than by probability. */
export type GroupAverage = 'probability' | 'log-probability';

/**
 * Gives every row the average over its group's rows: for what all photos of a person share.
 * @throws PodiumError `ensemble-groups` where the predictions have no groups; `ensemble-task` for multi-label rows
 */
export function groupAverage(predictions: Predictions, by: GroupAverage = 'probability'): Predictions {
  const { groups, classes, task } = predictions;
  if (groups === undefined) {
    return fail({
      code: 'ensemble-groups',
      message: 'these predictions have no groups to be consistent within',
      expected: 'groups, one a row: the person of each photo',
      got: 'none',
      fix: 'give the groups of the manifest when predicting',
    });
  }
  if (task !== 'single-label')
    fail({ code: 'ensemble-task', message: 'group averages', expected: 'single-label', got: task });
  const width = classes.length;
  const values = by === 'probability' ? probabilitiesOf(predictions) : logProbabilitiesOf(predictions);
  const sums = new Map<string, { readonly sum: Float64Array; rows: number }>();
  groups.forEach((group, row) => {
    const own = sums.get(group) ?? { sum: new Float64Array(width), rows: 0 };
    for (let k = 0; k < width; k++) own.sum[k] = own.sum[k]! + values[row * width + k]!;
    own.rows++;
    sums.set(group, own);
  });
  const result = new Float64Array(values.length);
  groups.forEach((group, row) => {
    const { sum, rows } = sums.get(group)!;
    for (let k = 0; k < width; k++) result[row * width + k] = sum[k]! / rows;
  });
  return blended(
    [predictions],
    by === 'probability' ? normalizeRows(result, width) : softmaxInPlace(result, width),
  );
}

/** A head of factored labels. */
export interface FactorHead {
  readonly classes: readonly string[];
  /** Whether all rows of a group have the same class of this head: gender and age of a person, not the mask. */
  readonly shared: boolean;
}

export interface GroupConsistencyOptions {
  readonly by?: GroupAverage;
  /** The combined classes as a product of heads, the last one's class changing fastest. Default: one shared head. */
  readonly heads?: readonly FactorHead[] | undefined;
}

/**
 * Predictions of combined classes made consistent within groups: shared heads are averaged over the group's rows, the
 * others stay each row's own, and their product is the result. Without heads all classes are shared.
 * @throws PodiumError `ensemble-groups`, `ensemble-heads`
 */
export function groupConsistent(
  combined: Predictions,
  { by = 'probability', heads }: GroupConsistencyOptions = {},
): Predictions {
  if (heads === undefined) return groupAverage(combined, by);
  const parts = splitHeads(
    combined,
    heads.map((head) => head.classes),
  );
  return consistentHeads(parts, { by, shared: heads.map((head) => head.shared), classes: combined.classes });
}

export interface ConsistentHeadsOptions {
  /** For each head whether a group's rows share it. */
  readonly shared: readonly boolean[];
  readonly by?: GroupAverage;
  /** Names of the combined classes. */
  readonly classes?: readonly string[];
}

/**
 * The same from heads that were predicted apart: shared ones averaged over groups, then all combined.
 * @throws PodiumError `ensemble-groups`, `ensemble-heads`
 */
export function consistentHeads(
  heads: readonly Predictions[],
  { shared, by = 'probability', classes }: ConsistentHeadsOptions,
): Predictions {
  if (shared.length !== heads.length) {
    fail({
      code: 'ensemble-heads',
      path: { key: 'shared' },
      expected: `one a head, ${heads.length}`,
      got: String(shared.length),
    });
  }
  return combineHeadPredictions(
    heads.map((head, i) => (shared[i] ? groupAverage(head, by) : head)),
    classes ? { classes } : {},
  );
}
