import { fail, Predictions, type Rng, type Score } from '@podium/core';
import { advantage } from './compare-scores.ts';
import { alignMembers, pickRows } from './members/align-members.ts';
import { checkTruth } from './members/check-truth.ts';
import type { Method } from './method.ts';
import { nestedFolds } from './nested-folds.ts';

export interface NestedOptions {
  readonly score: Score;
  readonly rng: Rng;
  /** Number of folds if the members have none. Default 5. */
  readonly folds?: number;
}

export interface Nested<Parameters> {
  /** Fitted to all rows, for use on the test rows. */
  readonly parameters: Parameters;
  /** The score of these parameters on the rows they were fitted to: too optimistic. */
  readonly fittedScore: number;
  /** The score with each fold predicted by parameters fitted to the other folds: the one to report. */
  readonly nestedScore: number;
  /** How much better the fitted score is than the nested one; positive in either direction of the score. */
  readonly optimism: number;
  /** The predictions behind `nestedScore`, for all rows. */
  readonly predictions: Predictions;
  /** The parameters with which each fold was predicted. */
  readonly folds: readonly {
    readonly fold: number;
    readonly rows: number;
    readonly parameters: Parameters;
  }[];
}

/**
 * Fits a method to all rows, and once per fold to the rows outside it, so that the nested score never uses a row's own
 * label. Uses the members' folds; without folds, new ones that keep groups (or rows) together.
 *
 * It cannot correct for members whose training used these labels to choose something.
 * @param truth class indices `[N]` in the order of the first member
 * @throws PodiumError as `alignMembers` does; `ensemble-truth`; `ensemble-folds` for fewer than two folds or a group in two
 * folds; `ensemble-score` if the score is undefined; what the method throws
 *
 * @example
 * const { parameters, nestedScore } = nested(method, outOfFold, truth, { score, rng: Rng.fromSeed(1) });
 * const predictions = method.apply(parameters, test);
 */
export function nested<Parameters>(
  method: Method<Parameters>,
  members: readonly Predictions[],
  truth: ArrayLike<number>,
  { score, rng, folds: count = 5 }: NestedOptions,
): Nested<Parameters> {
  const aligned = alignMembers(members);
  const first = aligned[0]!;
  const labels = checkTruth(truth, first);
  const foldOf = nestedFolds(aligned, count, rng.split('nested-folds'));
  const foldNumbers = [...new Set(foldOf)].sort((a, b) => a - b);
  const rowsWhere = (test: (fold: number) => boolean) =>
    Array.from(foldOf.keys()).filter((row) => test(foldOf[row]!));

  const parts: Predictions[] = [];
  const folds = foldNumbers.map((fold) => {
    const inside = rowsWhere((other) => other === fold);
    const outside = rowsWhere((other) => other !== fold);
    const parameters = method.fit({
      members: aligned.map((member) => pickRows(member, outside)),
      truth: Int32Array.from(outside, (row) => labels[row]!),
      rng: rng.split('fit', fold),
    });
    parts.push(
      applyMethod(
        method,
        parameters,
        aligned.map((member) => pickRows(member, inside)),
      ),
    );
    return { fold, rows: inside.length, parameters };
  });
  const predictions = new Predictions({ ...Predictions.concat(parts).align(first.ids), folds: foldOf });

  const parameters = method.fit({ members: aligned, truth: labels, rng: rng.split('fit', 'all') });
  const fittedScore = definedScore(score, labels, applyMethod(method, parameters, aligned));
  const nestedScore = definedScore(score, labels, predictions);
  return {
    parameters,
    fittedScore,
    nestedScore,
    optimism: advantage(score, fittedScore, nestedScore),
    predictions,
    folds,
  };
}

/** Applies a method, which must keep the rows. */
function applyMethod<Parameters>(
  method: Method<Parameters>,
  parameters: Parameters,
  members: readonly Predictions[],
): Predictions {
  const first = members[0]!;
  const result = method.apply(parameters, members);
  if (result.length === first.length && result.ids.every((id, row) => id === first.ids[row])) return result;
  return fail({
    code: 'ensemble-method',
    message: `the method "${method.name}" changed the rows`,
    expected: `the ${first.length} rows of its members, in order`,
    got: `${result.length} rows`,
  });
}

function definedScore(score: Score, truth: Int32Array, rows: Predictions): number {
  const value = score.score(truth, rows);
  if (Number.isFinite(value)) return value;
  return fail({
    code: 'ensemble-score',
    message: `the score "${score.name}" is undefined for these ${rows.length} rows`,
    expected: 'a finite number',
    got: String(value),
  });
}
