import { refuseTeacher } from './fold-safety.ts';
import type { Labeling } from './labels.ts';
import { fail } from './support/errors.ts';
import { knowTeachers, type Teacher } from './teachers.ts';

export interface SoftenRowsOptions<Row> {
  /** The fold whose student is to be taught; undefined: the final student. */
  readonly fold: number | undefined;
  /** Labeled rows with their folds, all of them. */
  readonly rows: readonly Row[];
  /** By a method of labeled rows, such as `oof-mixing`. */
  readonly labelings: readonly Labeling[];
  /** The key of the teacher who predicted the rows of a fold without having seen it. */
  readonly teacherOf: (fold: number) => string;
  readonly teachers: readonly Teacher[];
}

/**
 * Labeled rows with softer labels to train the student of one fold on: rows of this fold are left out, since they
 * validate, with their true labels; rows without a soft label stay as they are.
 * @throws PodiumError `pseudo-leak` where a row of fold j was predicted by a teacher who saw j (it then is no out-of-fold
 * prediction), or who saw the student's fold (its labels would come back in the soft ones); `pseudo-teachers`
 */
export function softenRows<
  Row extends {
    readonly id: string;
    readonly fold?: number;
    readonly softLabels?: Readonly<Record<string, readonly number[]>>;
  },
>({ fold, rows, labelings, teacherOf, teachers }: SoftenRowsOptions<Row>): Row[] {
  const known = knowTeachers(teachers);
  const byHead = labelings.map(
    ({ head, labels }) => [head, new Map(labels.map(({ id, soft }) => [id, soft]))] as const,
  );
  return rows
    .filter((row) => fold === undefined || row.fold !== fold)
    .map((row) => {
      const soft = byHead.flatMap(([head, labels]) => {
        const own = labels.get(row.id);
        return own === undefined ? [] : [[head, own] as const];
      });
      if (soft.length === 0) return row;
      const what = `the soft label of row ${JSON.stringify(row.id)}`;
      if (row.fold === undefined) {
        return fail({
          code: 'pseudo-leak',
          message: `${what} is by a teacher, and the row has no fold`,
          expected: 'a fold, so that it is known who has not seen the row',
          got: 'none',
        });
      }
      const teacher = teacherOf(row.fold);
      if (known.seen(teacher, row.fold) !== undefined) {
        fail({
          code: 'pseudo-leak',
          message: `${what} is by teacher ${JSON.stringify(teacher)}, who learned the row itself`,
          expected: `a teacher trained without fold ${row.fold}`,
          got: `one that saw fold ${row.fold}`,
          fix: 'use out-of-fold predictions: of each row by a model that was trained without it',
        });
      }
      if (fold !== undefined) refuseTeacher(known, teacher, fold, what);
      return { ...row, softLabels: { ...row.softLabels, ...Object.fromEntries(soft) } };
    });
}
