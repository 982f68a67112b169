import { compareCodeUnits } from '@podium/core';
import type { ManifestRow } from '@podium/dataset';

/**
 * Training rows in an order that does not depend on that of a table, since folds, batches and sums of scores follow it: by
 * id, or for people by their folders, in which the layout sorts the photographs.
 */
export function stableRows(layout: string, rows: readonly ManifestRow[]): ManifestRow[] {
  if (layout === 'csv') return rows.toSorted((a, b) => compareCodeUnits(a.id, b.id));
  if (layout === 'person-folders')
    return rows.toSorted((a, b) => compareCodeUnits(folderOf(a.id), folderOf(b.id)));
  return [...rows];
}

function folderOf(id: string): string {
  return id.slice(0, id.lastIndexOf('/') + 1);
}
