import { Predictions, type Rng } from '@podium/core';
import type { Method } from './method.ts';
import { advantage, type Score } from './score.ts';
import { fail } from './support/errors.ts';
import { alignMembers, pickRows } from './support/members.ts';
import { nestedFolds } from './support/nested-folds.ts';
import { checkTruth } from './support/truth.ts';

export interface NestedOptions {
  readonly score: Score;
  readonly rng: Rng;
  /** Folds to make where the members have none. Default 5. */
  readonly folds?: number;
}

export interface Nested<Parameters> {
  /** Fitted on all rows: what to use on the test rows. */
  readonly parameters: Parameters;
  /** The score of these parameters on the rows that they were fitted on: too good. */
  readonly fittedScore: number;
  /** The score where each fold's rows were predicted with parameters fitted on the other folds: the one to report. */
  readonly nestedScore: number;
  /** How much better the fitted score looks than the nested one; positive in either direction of the score. */
  readonly optimism: number;
  /** The predictions behind `nestedScore`, for all rows. */
  readonly predictions: Predictions;
  /** Each fold with the parameters that it was predicted with, by fold. */
  readonly folds: readonly {
    readonly fold: number;
    readonly rows: number;
    readonly parameters: Parameters;
  }[];
}

/**
 * Fits a method on all rows, and again once a fold on the rows outside it, so that its printed score never uses a row's
 * own label. Folds are the members' own; where they have none, whole groups (or rows) are dealt into folds.
 *
 * What it cannot undo: members whose own training chose something by these labels.
 * @param truth class indices `[N]` in the order of the first member
 * @throws PodiumError as `alignMembers` does; `ensemble-truth`; `ensemble-folds` where there are fewer than two folds or
 * a group lies in two; `ensemble-score` where the score is not defined; what the method throws
 */
export function nested<Parameters>(
  method: Method<Parameters>,
  members: readonly Predictions[],
  truth: ArrayLike<number>,
  { score, rng, folds: count = 5 }: NestedOptions,
): Nested<Parameters> {
  const aligned = alignMembers(members);
  const [first] = aligned as readonly [Predictions];
  const labels = checkTruth(truth, first);
  const foldOf = nestedFolds(aligned, count, rng.split('nested-folds'));
  const names = [...new Set(foldOf)].sort((a, b) => a - b);
  const rowsWhere = (test: (fold: number) => boolean) =>
    Array.from(foldOf.keys()).filter((row) => test(foldOf[row]!));

  const parts: Predictions[] = [];
  const folds = names.map((fold) => {
    const inside = rowsWhere((own) => own === fold);
    const outside = rowsWhere((own) => own !== fold);
    const parameters = method.fit({
      members: aligned.map((member) => pickRows(member, outside)),
      truth: Int32Array.from(outside, (row) => labels[row]!),
      rng: rng.split('fit', fold),
    });
    parts.push(
      checked(
        method,
        parameters,
        aligned.map((member) => pickRows(member, inside)),
      ),
    );
    return { fold, rows: inside.length, parameters };
  });
  const predictions = new Predictions({ ...Predictions.concat(parts).align(first.ids), folds: foldOf });

  const parameters = method.fit({ members: aligned, truth: labels, rng: rng.split('fit', 'all') });
  const fittedScore = scored(score, labels, checked(method, parameters, aligned));
  const nestedScore = scored(score, labels, predictions);
  return {
    parameters,
    fittedScore,
    nestedScore,
    optimism: advantage(score, fittedScore, nestedScore),
    predictions,
    folds,
  };
}

function checked<Parameters>(
  method: Method<Parameters>,
  parameters: Parameters,
  members: readonly Predictions[],
): Predictions {
  const [first] = members as readonly [Predictions];
  const result = method.apply(parameters, members);
  if (result.length === first.length && result.ids.every((id, row) => id === first.ids[row])) return result;
  return fail({
    code: 'ensemble-method',
    message: `the method "${method.name}" changed the rows`,
    expected: `the ${first.length} rows of its members, in their order`,
    got: `${result.length} rows`,
  });
}

function scored(score: Score, truth: Int32Array, rows: Predictions): number {
  const value = score.score(truth, rows);
  if (Number.isFinite(value)) return value;
  return fail({
    code: 'ensemble-score',
    message: `the score "${score.name}" is not defined for these ${rows.length} rows`,
    expected: 'a finite number',
    got: String(value),
  });
}
