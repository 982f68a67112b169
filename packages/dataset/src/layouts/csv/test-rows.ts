import { columnsOf, readFolderTable, type TableReading, UniqueIds } from '../../folder/folder-tables.ts';
import type { ImageIndex } from '../../folder/image-index.ts';
import { stem } from '../../folder/image-name.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import type { SubmissionFormat } from '../layout.ts';
import type { Notes } from '../notes.ts';
import { ID_NAMES } from '../sample.ts';
import { assertHeader, type ChosenColumns, matchImages } from './choose-columns.ts';
import type { CsvSettings, DerivedColumn } from './csv-settings.ts';
import { groupReader } from './group-reader.ts';
import type { ListedRow } from './list-rows.ts';

/** A test row before its image is found. */
export interface TestRow {
  readonly id: string;
  /** The cell that names the image. */
  readonly cell: string;
  readonly group?: string | undefined;
  readonly table: string;
  readonly line: number;
}

/** The rows of the table of test rows, by id, and the name of its column of ids. */
export async function readTestTable(
  folder: CompetitionFolder,
  test: string,
  index: ImageIndex,
  chosen: ChosenColumns,
  settings: CsvSettings,
  group: DerivedColumn | undefined,
  reading: TableReading & { readonly notes: Notes },
): Promise<{ readonly rows: Map<string, TestRow>; readonly idColumn: string }> {
  const { notes } = reading;
  const columns = await columnsOf(folder, test, reading);
  const matches = await matchImages(folder, test, index, settings, reading, {
    split: 'test',
    first: [chosen.path],
  });
  const best = matches.reduce((a, b) => (b.different > a.different ? b : a));
  const named = columns.names.filter((name) => name !== '');
  const idColumn = columns.has(chosen.id)
    ? chosen.id
    : best.different > 0
      ? best.column
      : (named.find((name) => ID_NAMES.test(name)) ?? named[0] ?? columns.names[0]!);
  const isSure = matches.some(({ column, different }) => column === chosen.path && different > 0);
  const pathColumn = isSure
    ? chosen.path
    : best.different > 0
      ? best.column
      : columns.has(chosen.path)
        ? chosen.path
        : idColumn;
  if (pathColumn !== chosen.path) {
    notes.decide(
      'path',
      pathColumn,
      `in ${test}, ${Math.round(best.share * 100)} % of the first cells name an image`,
    );
  }
  assertHeader(pathColumn, columns.names, test, index, reading, 'test');
  const rows = new Map<string, TestRow>();
  const ids = new UniqueIds(test, idColumn);
  await readFolderTable(
    folder,
    test,
    () => {
      const [id, path] = [columns.index(idColumn), columns.index(pathColumn)];
      const groupOf = group && columns.has(group.column) ? groupReader(group, columns, test) : undefined;
      return ({ cells, line }) => {
        const row = cells[id]!.trim();
        ids.add(row, line);
        rows.set(row, {
          id: row,
          cell: cells[path]!.trim(),
          group: groupOf?.(cells, line),
          table: test,
          line,
        });
      };
    },
    reading,
  );
  return { rows, idColumn };
}

/**
 * The rows that the submission is for: those of the sample, with the images that the tables name for them; else those of the
 * table of test rows, or rows that a training table marks; else the images of the test folder.
 * @param rowOf the row of a table with an id
 * @param tables.known rows of the table of test rows and those that a training table marks, by id
 */
export async function listTestRows(
  folder: CompetitionFolder,
  sample: SubmissionFormat | undefined,
  rowOf: (id: string) => TestRow | undefined,
  index: ImageIndex,
  {
    known,
    train,
    images,
  }: {
    readonly known: ReadonlyMap<string, TestRow>;
    readonly train: readonly Pick<ListedRow, 'id'>[];
    readonly images: CsvSettings['images'];
  },
  reading: TableReading & { readonly notes: Notes },
): Promise<readonly TestRow[]> {
  const { notes } = reading;
  if (sample === undefined) {
    // One folder for all images has those of the training rows.
    if (known.size === 0 && typeof images !== 'string') return imagesAsRows(index, train, notes);
    return [...known.values()];
  }
  const rows: TestRow[] = [];
  const ids = new UniqueIds(sample.path, sample.idColumn, 'sampleId');
  await readFolderTable(
    folder,
    sample.path,
    (columns) => {
      const at = columns.index(sample.idColumn);
      return ({ cells, line }) => {
        const id = cells[at]!.trim();
        ids.add(id, line);
        const row = rowOf(id);
        rows.push({ id, cell: row?.cell ?? id, group: row?.group, table: sample.path, line });
      };
    },
    reading,
  );
  for (const { id, table, line } of known.values()) {
    if (!ids.has(id))
      notes.omit('test rows', 'the sample submission does not ask for them', `${table}:${line} "${id}"`);
  }
  return rows;
}

/** Images of the test folder, named as the training table names its images: with or without extension. */
function imagesAsRows(index: ImageIndex, train: readonly Pick<ListedRow, 'id'>[], notes: Notes): TestRow[] {
  const images = index.inFolder('test');
  if (images.length === 0) return [];
  const first = train[0]?.id ?? '';
  const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  const hasExtension = stem(first) !== first;
  const stems = images.map((path) => stem(nameOf(path)));
  const names = images.map(nameOf);
  const isUnique = (ids: readonly string[]) => new Set(ids).size === ids.length;
  const ids = !hasExtension && isUnique(stems) ? stems : isUnique(names) ? names : images;
  const how = ids === stems ? 'names without extension' : ids === names ? 'names' : 'paths';
  notes.decide('test', `the images of the test folder, by their ${how}`, 'no table has test rows');
  return images.map((path, i) => ({ id: ids[i]!, cell: path, table: path, line: 0 }));
}
