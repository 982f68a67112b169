import { PodiumError } from '@podium/core';
import type { ManifestRow } from './types.ts';

/** What one fold's model trains on and is measured on. */
export interface FoldRows {
  readonly train: readonly ManifestRow[];
  readonly validation: readonly ManifestRow[];
}

/**
 * The rows of one fold, so that its score stays honest: rows of the fold validate, true rows of other folds and
 * external rows train, and pseudo-labeled rows train only where their teacher never saw the fold's validation rows.
 * @param teacher the teacher that was trained without this fold, as pseudo-labeled rows name it in their provenance.
 * Without it no pseudo-labeled row is used.
 * @throws PodiumError `fold-empty` where no row validates or trains, `fold-missing` for a true row without fold.
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
    expected: 'some of both',
    got: `folds ${[...new Set(rows.map((row) => row.fold))].sort().join(', ')}`,
    fix: 'make the folds anew, or ask for one of these',
  });
}

function noFold(row: ManifestRow): never {
  throw new PodiumError({
    code: 'fold-missing',
    message: `the row ${JSON.stringify(row.id)} has no fold`,
    expected: 'a fold for every row with a true label',
    fix: 'make the folds after the last change to the rows',
  });
}
