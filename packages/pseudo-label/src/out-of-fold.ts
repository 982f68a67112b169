import type { Candidates } from './candidates.ts';
import type { LabelMethod, OutOfFold } from './method.ts';
import { fail } from './support/errors.ts';

/** Labeled rows as candidates, with their true classes as indices into the candidates' classes. */
export interface KnownRows {
  readonly known: Candidates;
  readonly truth: Int32Array;
  readonly groups: readonly string[] | undefined;
}

/**
 * What the method would make of labeled rows, beside their truth.
 * @param owner for messages
 * @throws PodiumError `pseudo-out-of-fold` where there are none, or the truth is not one class index a row
 */
export function checkOutOfFold(
  owner: string,
  method: Pick<LabelMethod, 'candidates'>,
  outOfFold: OutOfFold | undefined,
  classes: readonly string[],
): KnownRows {
  const [first] = outOfFold?.members ?? [];
  if (outOfFold === undefined || first === undefined || first.length === 0) {
    return fail({
      code: 'pseudo-out-of-fold',
      message: `"${owner}" rests on labeled rows that the teachers have not seen`,
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
      expected: `one class index a row, ${rows}`,
      got: String(truth.length),
    });
  }
  const wrong = truth.findIndex((k) => !(k >= 0 && k < width));
  if (wrong >= 0) {
    fail({
      code: 'pseudo-out-of-fold',
      message: `the truth of row ${wrong} (${JSON.stringify(first.ids[wrong])})`,
      expected: `a class index from 0 to ${width - 1}`,
      got: String(truth[wrong]),
    });
  }
  const known = method.candidates(outOfFold.members, classes);
  const column = first.classes.map((name) => known.classes.indexOf(name));
  return { known, truth: truth.map((k) => column[k]!), groups: first.groups };
}
