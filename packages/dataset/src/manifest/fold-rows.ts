import { PodiumError } from '@podium/core';
import type { ManifestRow } from './types.ts';

/** The rows that one fold's model trains on, and those that validate it. */
export interface FoldRows {
  readonly train: readonly ManifestRow[];
  readonly validation: readonly ManifestRow[];
}

/**
 * The rows of one fold, without leaks: rows of the fold validate; true rows of other folds and external rows train;
 * pseudo-labeled rows train only if their teacher never saw the fold's validation rows.
 * @param options.teacher the teacher that was trained without this fold, as named in the provenance of pseudo-labeled rows.
 * Without it, no pseudo-labeled rows are used.
 * @throws PodiumError `fold-empty` if no rows train or validate, `fold-missing` for a true row without a fold
 */
export function rowsOfFold(
  rows: readonly ManifestRow[],
  fold: number,
  { teacher }: { readonly teacher?: string } = {},
): FoldRows {
  const train: ManifestRow[] = [];
  const validation: ManifestRow[] = [];
  for (const row of rows) {
    if (row.provenance.kind === 'pseudo') {
      if (teacher !== undefined && row.provenance.teacher === teacher) train.push(row);
    } else if (row.fold === undefined) {
      if (row.provenance.kind === 'true') noFold(row);
      train.push(row);
    } else if (row.fold === fold) validation.push(row);
    else train.push(row);
  }
  if (train.length > 0 && validation.length > 0) return { train, validation };
  throw new PodiumError({
    code: 'fold-empty',
    message: `fold ${fold} has ${train.length} rows to train on and ${validation.length} to validate on`,
    expected: 'rows for both',
    got: `folds ${[...new Set(rows.map((row) => row.fold))].sort().join(', ')}`,
    fix: 'recompute the folds, or choose one of these',
  });
}

function noFold(row: ManifestRow): never {
  throw new PodiumError({
    code: 'fold-missing',
    message: `the row ${JSON.stringify(row.id)} has no fold`,
    expected: 'a fold for every row with a true label',
    fix: 'recompute the folds after changing rows',
  });
}
