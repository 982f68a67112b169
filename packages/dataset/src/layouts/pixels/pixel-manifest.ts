import { PodiumError } from '@podium/core';
import { readFolderTable, type TableReading, UniqueIds } from '../../folder/folder-tables.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import type { ManifestRow } from '../../manifest/types.ts';
import type { PixelRow } from '../../tables/pixel-rows.ts';
import type { ClassNames } from '../csv/class-names.ts';
import type { Split, SubmissionFormat } from '../layout.ts';
import { type Notes, OPTIONS } from '../notes.ts';
import { ID_NAMES } from '../sample.ts';
import type { PixelColumns } from './pixel-columns.ts';
import type { PixelShape } from './pixel-shape.ts';

/** What rows of the manifest are made of, besides the rows of the table. */
export interface RowParts {
  readonly shape: PixelShape;
  /** The column of labels. */
  readonly label: string;
  readonly head: string;
  readonly names: ClassNames;
  /** The column of ids, if the settings name one. */
  readonly id: string | undefined;
  readonly notes: Notes;
}

/** The rows of a table as rows of a manifest. Training rows without a label are taken down as left out. */
export function manifestRows(
  table: string,
  rows: readonly PixelRow[],
  { names: columns }: PixelColumns,
  split: Split,
  { shape, label, head, names, id, notes }: RowParts,
): ManifestRow[] {
  const labelAt = columns.indexOf(label);
  const idColumn = id ?? columns.find((name) => name !== label && ID_NAMES.test(name));
  const idAt = idColumn === undefined ? -1 : columns.indexOf(idColumn);
  if (id === undefined && idAt !== -1) notes.decide('id', idColumn!, 'its name is usual for ids');
  const ids = new UniqueIds(table, idColumn ?? 'row');
  return rows.flatMap(({ line, cells, offset, length }, i): ManifestRow[] => {
    const rowId = idAt !== -1 ? cells[idAt]! : split === 'train' ? `train-${i + 1}` : String(i + 1);
    ids.add(rowId, line);
    const cell = labelAt === -1 ? '' : cells[labelAt]!;
    if (cell === '' && split === 'train') {
      notes.omit('training rows', 'their label cell is empty', `${table}:${line}`);
      return [];
    }
    return [
      {
        id: rowId,
        image: { kind: 'text', path: table, offset, length, ...shape },
        labels: cell === '' || split === 'test' ? {} : Object.fromEntries([[head, names.of(cell)]]),
        weight: 1,
        provenance: { kind: 'true' },
      },
    ];
  });
}

/**
 * Test rows with the ids of the sample submission: matched by id if the table has the same ids, else row by row.
 * @throws PodiumError `layout-test-rows` for another number of rows
 */
export async function withIdsOf(
  folder: CompetitionFolder,
  { path: sample, idColumn }: SubmissionFormat,
  rows: readonly ManifestRow[],
  test: string,
  reading: TableReading & { readonly notes: Notes },
): Promise<ManifestRow[]> {
  const ids: string[] = [];
  const unique = new UniqueIds(sample, idColumn, 'sampleId');
  await readFolderTable(
    folder,
    sample,
    (columns) => {
      const at = columns.index(idColumn);
      return ({ cells, line }) => {
        const id = cells[at]!.trim();
        unique.add(id, line);
        ids.push(id);
      };
    },
    reading,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  if (ids.every((id) => byId.has(id))) {
    for (const { id } of rows) {
      if (!unique.has(id)) reading.notes.omit('test rows', 'the sample submission does not ask for them', id);
    }
    return ids.map((id) => byId.get(id)!);
  }
  if (ids.length === rows.length) {
    reading.notes.decide(
      'sampleId',
      idColumn,
      `the rows of ${test} are those of ${sample}, in the same order`,
    );
    return ids.map((id, i) => ({ ...rows[i]!, id }));
  }
  throw new PodiumError({
    code: 'layout-test-rows',
    message: 'the sample submission and the test table have different numbers of rows',
    path: { file: sample },
    expected: `${rows.length} rows, as in ${test}`,
    got: String(ids.length),
    fix: `download both again, or name others with ${OPTIONS}.sampleSubmission and ${OPTIONS}.test`,
  });
}
