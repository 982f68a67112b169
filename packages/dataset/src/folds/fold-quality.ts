import type { Manifest } from '../manifest/manifest.ts';
import { type Folds, headsOf, labelsOf, trueRows } from './assign-folds.ts';

/** The distribution of one class over folds. */
export interface ClassBalance {
  readonly name: string;
  readonly rows: number;
  /** Rows per fold; ideally `rows / folds`. */
  readonly counts: readonly number[];
  /** Standard deviation over folds of the share of the class in a fold; ideally 0. */
  readonly deviation: number;
}

/** Statistics of folds. */
export interface FoldQuality {
  /** Rows per fold. */
  readonly sizes: readonly number[];
  /** Groups per fold; each row without a group counts as one. */
  readonly groups: readonly number[];
  readonly classes: readonly ClassBalance[];
  /** Mean of the classes' deviations, which scikit-learn's StratifiedGroupKFold minimizes. */
  readonly deviation: number;
  /** Classes without rows in a fold; their scores in that fold mean nothing. */
  readonly absent: readonly { readonly fold: number; readonly name: string }[];
  /** Groups with rows in more than one fold: a leak. */
  readonly splitGroups: readonly string[];
}

/** Compares folds with the ideal: the same share of every class in each fold. */
export function foldQuality(
  manifest: Manifest,
  folds: Folds,
  options: { readonly heads?: readonly string[] } = {},
): FoldQuality {
  const rows = trueRows(manifest.rows).filter(({ id }) => folds.of.has(id));
  const { labels, names } = labelsOf(rows, headsOf(manifest, options.heads));
  const sizes = new Array<number>(folds.count).fill(0);
  const counts = names.map(() => new Array<number>(folds.count).fill(0));
  const foldsOfGroup = new Map<string, Set<number>>();
  const groups = new Array<number>(folds.count).fill(0);
  for (const [i, row] of rows.entries()) {
    const fold = folds.of.get(row.id)!;
    sizes[fold] = sizes[fold]! + 1;
    for (const label of labels[i]!) {
      const ofClass = counts[label]!;
      ofClass[fold] = ofClass[fold]! + 1;
    }
    if (row.group === undefined) groups[fold] = groups[fold]! + 1;
    else foldsOfGroup.set(row.group, (foldsOfGroup.get(row.group) ?? new Set()).add(fold));
  }
  for (const inFolds of foldsOfGroup.values()) for (const fold of inFolds) groups[fold] = groups[fold]! + 1;
  const classes = names.map((name, k) => balanceOf(name, counts[k]!)).filter(({ rows: count }) => count > 0);
  return {
    sizes,
    groups,
    classes,
    deviation: classes.reduce((sum, { deviation }) => sum + deviation, 0) / Math.max(1, classes.length),
    absent: classes.flatMap(({ name, counts: perFold }) =>
      perFold.flatMap((count, fold) => (count === 0 ? [{ fold, name }] : [])),
    ),
    splitGroups: [...foldsOfGroup].filter(([, inFolds]) => inFolds.size > 1).map(([group]) => group),
  };
}

function balanceOf(name: string, counts: readonly number[]): ClassBalance {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const variance =
    counts.reduce((sum, count) => sum + (count / rows - 1 / counts.length) ** 2, 0) / counts.length;
  return { name, rows, counts, deviation: rows === 0 ? 0 : Math.sqrt(variance) };
}
