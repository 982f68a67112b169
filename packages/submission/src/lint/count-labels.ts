import { splitCell } from '../columns/list-style.ts';
import type { CellType } from '../forms/form.ts';

/** How often each label occurs in a column. */
export interface LabelCounts {
  readonly rows: number;
  /** Each label of a cell counts. */
  readonly byLabel: ReadonlyMap<string, number>;
  readonly total: number;
  readonly byCell: ReadonlyMap<string, number>;
}

/** @param cell the cell of a row */
export function countLabels(type: CellType, rows: number, cell: (row: number) => string): LabelCounts {
  const byLabel = new Map<string, number>();
  const byCell = new Map<string, number>();
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const text = cell(row);
    byCell.set(text, (byCell.get(text) ?? 0) + 1);
    for (const label of splitLabels(text, type)) {
      byLabel.set(label, (byLabel.get(label) ?? 0) + 1);
      total++;
    }
  }
  return { rows, byLabel, total, byCell };
}

/** The labels in a cell. */
export function splitLabels(cell: string, type: CellType): string[] {
  if (type.kind !== 'labels') return [cell];
  if (cell === '') return [];
  // A plain list is split strictly: a doubled separator is an empty label.
  if (type.style.list === 'plain') return cell.split(type.style.separator);
  return splitCell(cell, type.style) ?? [cell];
}
