import { fail } from '@podium/core';
import type { Candidates } from './mean-of-teachers.ts';
import type { LabelMethod, OutOfFold } from './method.ts';

/** Labeled rows as a method sees them, with their true classes. */
export interface LabeledCandidates {
  readonly candidates: Candidates;
  /** `[N]`: indices into the candidates' classes. */
  readonly truth: Int32Array;
  readonly groups: readonly string[] | undefined;
}

/**
 * Checks out-of-fold predictions and combines them as the method does.
 * @param owner for messages
 * @throws PodiumError `pseudo-out-of-fold` if there are none, or the truth is not one class index per row
 */
export function checkOutOfFold(
  owner: string,
  method: Pick<LabelMethod, 'candidates'>,
  outOfFold: OutOfFold | undefined,
  classes: readonly string[],
): LabeledCandidates {
  const first = outOfFold?.members[0];
  if (outOfFold === undefined || first === undefined || first.length === 0) {
    return fail({
      code: 'pseudo-out-of-fold',
      message: `"${owner}" needs labeled rows that the teachers were not trained on`,
      expected: 'out-of-fold predictions and their true classes',
      got: 'none',
      fix: 'train with folds, and pass the predictions of each fold by the model that was trained without it',
    });
  }
  const { truth } = outOfFold;
  const [rows, width] = [first.length, first.classes.length];
  if (truth.length !== rows) {
    fail({
      code: 'pseudo-out-of-fold',
      path: { key: 'truth' },
      expected: `one class index per row, ${rows}`,
      got: String(truth.length),
    });
  }
  const invalid = truth.findIndex((k) => !(k >= 0 && k < width));
  if (invalid >= 0) {
    fail({
      code: 'pseudo-out-of-fold',
      message: `the truth of row ${invalid} (${JSON.stringify(first.ids[invalid])})`,
      expected: `a class index from 0 to ${width - 1}`,
      got: String(truth[invalid]),
    });
  }
  const candidates = method.candidates(outOfFold.members, classes);
  const column = first.classes.map((name) => candidates.classes.indexOf(name));
  return { candidates, truth: truth.map((k) => column[k]!), groups: first.groups };
}
