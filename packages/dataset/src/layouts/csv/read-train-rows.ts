import { PodiumError } from '@podium/core';
import type { ManifestRow } from '../../manifest/types.ts';
import type { TableColumns } from '../../tables/columns.ts';
import { type Notes, OPTIONS } from '../notes.ts';
import type { DerivedColumn } from './csv-settings.ts';
import type { FoundImages } from './find-images.ts';
import { groupReader } from './group-reader.ts';
import { labelReader } from './label-reader.ts';
import type { LabeledRows } from './labeled-rows.ts';
import type { PlannedHeads } from './plan-labels.ts';

/** Columns besides the labels. */
export interface RowColumns {
  readonly group: DerivedColumn | undefined;
  /** A group that no setting names; a row with an empty cell is its own group. */
  readonly byDefault: string | undefined;
  readonly weight: string | undefined;
}

/**
 * The training rows with their labels. Rows that lack a label of a head are taken down as left out.
 * @throws PodiumError `layout-label`, `layout-group`, `layout-weight`, naming row and column
 */
export async function readTrainRows(
  rows: LabeledRows,
  found: FoundImages['train'],
  { plans, heads, names }: PlannedHeads,
  { group, byDefault, weight }: RowColumns,
  notes: Notes,
): Promise<{ readonly train: readonly ManifestRow[]; readonly unlabeled: readonly ManifestRow[] }> {
  const train: ManifestRow[] = [];
  const unlabeled: ManifestRow[] = [];
  await rows.each(({ file, columns }) => {
    const readers = plans.map((plan, k) => labelReader(plan, heads[k]!, names[k]!, columns, file));
    const groupOf =
      group !== undefined
        ? givenGroup(group, columns, file)
        : byDefault !== undefined
          ? defaultGroup(byDefault, columns)
          : undefined;
    const weightAt = weight === undefined ? undefined : columns.index(weight);
    return ({ cells, line }, place) => {
      const { row, image } = found.get(`${place} ${file}`)!;
      const read = readers.map((reader) => reader(cells, line));
      const base = {
        id: row.id,
        image: { kind: 'file' as const, path: image },
        ...groupOf?.(cells, line),
        weight: weightAt === undefined ? 1 : weightOf(cells[weightAt]!, file, line, weight!),
        provenance: { kind: 'true' as const },
      };
      const none = read.find((item) => 'none' in item);
      if (none !== undefined) {
        const without = heads.length === 1 ? none.none : `${none.none} for one of the heads`;
        notes.omit('training rows', without, `${file}:${line} "${row.id}"`);
        unlabeled.push({ ...base, labels: {} });
        return;
      }
      // Heads may be called anything: the keys of these objects are their own.
      const labels = read.flatMap((item, k) => ('label' in item ? [[heads[k]!.name, item.label]] : []));
      const soft = read.flatMap((item, k) => ('soft' in item ? [[heads[k]!.name, item.soft]] : []));
      train.push({
        ...base,
        labels: Object.fromEntries(labels),
        ...(soft.length > 0 && { softLabels: Object.fromEntries(soft) }),
      });
    };
  });
  const numbers = plans.find(({ kind }) => kind === 'number');
  if (numbers !== undefined && train.length === 0 && unlabeled.length > 0) {
    throw new PodiumError({
      code: 'layout-no-classes',
      message: `no row with an image has a number for "${numbers.name}"`,
      fix: `set the columns of numbers with ${OPTIONS}.labels`,
    });
  }
  return { train, unlabeled };
}

type GroupOf = (cells: readonly string[], line: number) => { readonly group?: string };

function givenGroup(group: DerivedColumn, columns: TableColumns, file: string): GroupOf {
  const read = groupReader(group, columns, file);
  return (cells, line) => ({ group: read(cells, line) });
}

function defaultGroup(column: string, columns: TableColumns): GroupOf {
  const index = columns.index(column);
  return (cells) => {
    const group = cells[index]!.trim();
    return group === '' ? {} : { group };
  };
}

function weightOf(cell: string, file: string, line: number, column: string): number {
  const value = cell.trim() === '' ? Number.NaN : Number(cell);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new PodiumError({
    code: 'layout-weight',
    path: { file, line, column },
    expected: 'a number above 0',
    got: JSON.stringify(cell),
    fix: 'correct the weight, with a decimal point; to exclude the row, drop it from the table or with a patch',
  });
}
