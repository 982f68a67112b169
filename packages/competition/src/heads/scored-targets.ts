import type { Head, ManifestRow } from '@podium/dataset';
import { type ScoredRows, scoreRows } from '@podium/metrics';
import { type BoundForm, formCells, type ScoredTarget } from '@podium/submission';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';
import { labelOf, scored } from './scored-rows.ts';

/** Rows of one thing that is scored: of a head, or of what a submission says about several heads together. */
export interface ScoredTargetRows {
  readonly name: string;
  /** The heads that it is computed from. */
  readonly heads: readonly string[];
  readonly rows: ScoredRows;
}

/**
 * What a grader would score: predictions are written as the submission writes them and read back, so that a score is one of
 * the written decisions. Rows without a true label are left out.
 * @param form undefined: each head is scored by itself, as it is predicted
 * @param heads of the data, whose columns of numbers may have weights
 */
export function scoredTargets(
  predictions: HeadPredictions,
  rows: readonly ManifestRow[],
  form: BoundForm | undefined,
  heads: readonly Head[] = [],
): ScoredTargetRows[] {
  if (form?.targets === undefined) {
    return [...predictions].map(([name, own]) => {
      const weights = heads.find((head) => head.name === name)?.weights;
      return { name, heads: [name], rows: scored(own, rows, name, weights) };
    });
  }
  const [first] = form.heads.map(({ name }) => predictions.get(name));
  const ids = first?.ids ?? [];
  const cellsOf = formCells(form, predictions, ids);
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const headOf = new Map(form.heads.map((head) => [head.name, head]));
  return form.targets.map((target) => {
    const kept = ids.flatMap((id, at) => {
      const row = rowOf.get(id);
      const truth = row && target.truth((head) => labelOf(row, headOf.get(head)!));
      return truth === undefined ? [] : [{ id, at, truth }];
    });
    return {
      name: target.name,
      heads: target.heads,
      rows: scoreRows(
        {
          classes: target.classes,
          task: target.task,
          kind: target.task === 'regression' ? 'numbers' : 'probabilities',
          values: valuesOf(target, kept, cellsOf),
          ids: kept.map(({ id }) => id),
          folds: first?.folds && Int32Array.from(kept, ({ at }) => first.folds![at]!),
          groups: first?.groups && kept.map(({ at }) => first.groups![at]!),
        },
        truthOf(target, kept),
        { columnWeights: target.weights },
      ),
    };
  });
}

interface KeptRow {
  readonly id: string;
  /** Position among the predictions. */
  readonly at: number;
  readonly truth: readonly number[];
}

/** `[N,K]` */
function valuesOf(
  { classes, read }: ScoredTarget,
  rows: readonly KeptRow[],
  cellsOf: (row: number) => readonly string[],
): Float64Array {
  const values = new Float64Array(rows.length * classes.length);
  for (const [i, { at }] of rows.entries())
    for (const [k, value] of read(cellsOf(at))) values[i * classes.length + k] = value;
  return values;
}

/** Class indices `[N]`, 0 and 1 `[N,K]` for several labels, or numbers `[N,K]`. */
function truthOf({ classes, task }: ScoredTarget, rows: readonly KeptRow[]): Int32Array | Float64Array {
  if (task === 'regression') return Float64Array.from(rows.flatMap(({ truth }) => truth));
  if (task === 'single-label') return Int32Array.from(rows, ({ truth }) => truth[0]!);
  const truth = new Int32Array(rows.length * classes.length);
  for (const [i, row] of rows.entries()) for (const k of row.truth) truth[i * classes.length + k] = 1;
  return truth;
}
