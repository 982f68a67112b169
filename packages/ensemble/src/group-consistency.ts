import { fail, type Predictions, softmaxInPlace } from '@podium/core';
import { z } from 'zod';
import { combineHeadPredictions, splitHeads } from './heads.ts';
import { blended } from './members/align-members.ts';
import { logProbabilitiesOf, normalizeRows, probabilitiesOf } from './members/probabilities.ts';

const groupAverageSchema = z.enum(['probability', 'log-probability']);

/** How a group's rows are averaged: by log-probability, one confident row counts for more than by probability. */
export type GroupAverage = z.input<typeof groupAverageSchema>;

/**
 * Replaces each row by the average over its group, for labels that all images of a person share.
 * @throws PodiumError `ensemble-groups` for predictions without groups; `ensemble-task` for multi-label rows
 */
export function groupAverage(predictions: Predictions, by: GroupAverage = 'probability'): Predictions {
  const { groups, classes, task } = predictions;
  if (groups === undefined) {
    return fail({
      code: 'ensemble-groups',
      message: 'group averages need the groups of the rows',
      expected: 'one group per row, such as the person of each image',
      got: 'none',
      fix: "pass the manifest's groups when predicting",
    });
  }
  if (task !== 'single-label') {
    fail({ code: 'ensemble-task', message: 'group averages', expected: 'single-label', got: task });
  }
  const width = classes.length;
  const values = by === 'probability' ? probabilitiesOf(predictions) : logProbabilitiesOf(predictions);
  const sums = new Map<string, { readonly sum: Float64Array; rows: number }>();
  groups.forEach((group, row) => {
    const total = sums.get(group) ?? { sum: new Float64Array(width), rows: 0 };
    for (let k = 0; k < width; k++) total.sum[k] = total.sum[k]! + values[row * width + k]!;
    total.rows++;
    sums.set(group, total);
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

const factorHead = z.strictObject({
  classes: z.array(z.string()).min(1).readonly().describe('Class names.'),
  shared: z
    .boolean()
    .describe('Whether all rows of a group have the same class: gender and age of a person, not the mask.'),
});

/** A head of factored labels. */
export type FactorHead = z.input<typeof factorHead>;

export const groupConsistencySettings = z.strictObject({
  by: groupAverageSchema.default('probability').describe("How a group's rows are averaged."),
  heads: z
    .array(factorHead)
    .min(1)
    .readonly()
    .optional()
    .describe(
      "The classes as a product of heads, of which the last one's class varies fastest. Default: one shared head.",
    ),
});

export type GroupConsistencyOptions = z.input<typeof groupConsistencySettings>;

/**
 * Makes predictions of combined classes consistent within groups: shared heads are averaged over the group's rows, the
 * others are kept, and the result is their product. Without heads all classes are shared.
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
  /** Per head, whether a group's rows share it. */
  readonly shared: readonly boolean[];
  readonly by?: GroupAverage;
  /** Names of the combined classes. */
  readonly classes?: readonly string[];
}

/**
 * The same for heads that were predicted separately: averages shared ones over groups, then combines all.
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
      expected: `one per head, ${heads.length}`,
      got: String(shared.length),
    });
  }
  return combineHeadPredictions(
    heads.map((head, i) => (shared[i] ? groupAverage(head, by) : head)),
    { classes },
  );
}
