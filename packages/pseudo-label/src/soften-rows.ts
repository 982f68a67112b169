import { fail } from '@podium/core';
import { assertFoldUnseen } from './assert-no-leak.ts';
import type { PseudoLabelSet } from './pseudo-label-set.ts';
import { type Teacher, teacherLineage } from './teacher-lineage.ts';

export interface SoftenRowsOptions<Row> {
  /** The student's fold; undefined for the final student. */
  readonly fold: number | undefined;
  /** All labeled rows, with their folds. */
  readonly rows: readonly Row[];
  /** From a method for labeled rows, such as `oof-mixing`; one per head. */
  readonly labelSets: readonly PseudoLabelSet[];
  /** The key of the teacher that predicted the rows of a fold, and was trained without it. */
  readonly teacherOf: (fold: number) => string;
  readonly teachers: readonly Teacher[];
}

/**
 * Labeled rows with softer labels, to train the student of one fold. Leaves out the rows of this fold, which validate with
 * their true labels; rows without a soft label are unchanged.
 * @throws PodiumError `pseudo-leak` if a row of fold j was predicted by a teacher that was trained on fold j (so that it is not
 * an out-of-fold prediction) or on the student's fold (whose labels would return in the soft ones); `pseudo-teachers`
 */
export function softenRows<
  Row extends {
    readonly id: string;
    readonly fold?: number;
    readonly softLabels?: Readonly<Record<string, readonly number[]>>;
  },
>({ fold, rows, labelSets, teacherOf, teachers }: SoftenRowsOptions<Row>): Row[] {
  const lineage = teacherLineage(teachers);
  const byHead = labelSets.map(
    ({ head, labels }) => [head, new Map(labels.map(({ id, soft }) => [id, soft]))] as const,
  );
  return rows
    .filter((row) => fold === undefined || row.fold !== fold)
    .map((row) => {
      const soft = byHead.flatMap(([head, labels]) => {
        const probabilities = labels.get(row.id);
        return probabilities === undefined ? [] : [[head, probabilities] as const];
      });
      if (soft.length === 0) return row;
      const subject = `the soft label of row ${JSON.stringify(row.id)}`;
      if (row.fold === undefined) {
        return fail({
          code: 'pseudo-leak',
          message: `${subject} was predicted by a teacher, but the row has no fold`,
          expected: 'a fold, which tells which models were trained without the row',
          got: 'none',
        });
      }
      const teacher = teacherOf(row.fold);
      if (lineage.pathTo(teacher, row.fold) !== undefined) {
        fail({
          code: 'pseudo-leak',
          message: `${subject} was predicted by teacher ${JSON.stringify(teacher)}, which was trained on the row`,
          expected: `a teacher trained without fold ${row.fold}`,
          got: `one trained on fold ${row.fold}`,
          fix: 'use out-of-fold predictions: each row predicted by a model that was trained without it',
        });
      }
      if (fold !== undefined) assertFoldUnseen(lineage, teacher, fold, subject);
      return { ...row, softLabels: { ...row.softLabels, ...Object.fromEntries(soft) } };
    });
}
