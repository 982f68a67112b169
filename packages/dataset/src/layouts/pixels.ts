import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { z } from 'zod';
import { parsePixelNumbers } from '../decode/parse-pixel-numbers.ts';
import { readSource } from '../decode/read-source.ts';
import { namedTable, type TableReading, tableReading } from '../folder/folder-tables.ts';
import type { CompetitionFolder } from '../folder/open-folder.ts';
import {
  findTable,
  hasRole,
  noteUnread,
  SAMPLE_TABLE,
  severalTables,
  type TableRole,
  tablesOf,
} from '../folder/table-roles.ts';
import { sortClasses } from '../manifest/sort-classes.ts';
import type { ManifestRow } from '../manifest/types.ts';
import { eachPixelRow, type PixelRow } from '../tables/pixel-rows.ts';
import { ClassNames } from './csv/class-names.ts';
import { ColumnFacts } from './csv/column-facts.ts';
import { headName } from './csv/label-plan.ts';
import { readSampleCells } from './csv/sample-cells.ts';
import { mayBeSplit, recognizeSplit } from './csv/split-column.ts';
import { LABEL_NAMES } from './label-names.ts';
import { type DatasetDescription, type Detection, defineLayout, type Layout } from './layout.ts';
import { pathOrFalse, sampleSettings, splitSetting, tableSettings, text } from './layout-settings.ts';
import { Notes, OPTIONS } from './notes.ts';
import { type PixelColumns, pixelColumnsOf } from './pixels/pixel-columns.ts';
import { manifestRows, type RowParts, withIdsOf } from './pixels/pixel-manifest.ts';
import { type PixelShape, shapeOf, wrongCount } from './pixels/pixel-shape.ts';
import { findSample, ID_NAMES } from './sample.ts';
import { UnclearSetting } from './unclear-setting.ts';

const TRAIN_TABLE: TableRole = {
  option: 'train',
  has: 'the training rows',
  names: [/^train\.(csv|tsv)$/i, /train[^/]*\.(csv|tsv)$/i],
  optional: false,
};
const TEST_TABLE: TableRole = {
  option: 'test',
  has: 'the test rows',
  names: [/^test\.(csv|tsv)$/i, /^[^/]*test[^/]*\.(csv|tsv)$/i],
  optional: true,
};

const settings = z.object({
  train: text().optional().describe('table of the training rows; default: *train*.csv, or the only table'),
  test: pathOrFalse()
    .optional()
    .describe('table of the test rows, false for none; default: *test*.csv, if any'),
  ...sampleSettings,
  label: text().optional().describe('column of labels; default: label, or the only one that is possible'),
  id: text().optional().describe('column of ids; default: one with a usual name, or row numbers'),
  split: splitSetting,
  width: z.int().min(1).optional().describe('width in pixels; default: a square'),
  height: z.int().min(1).optional().describe('height in pixels; default: a square'),
  channels: z.int().min(1).default(1).describe('channels per pixel'),
  ...tableSettings,
});
type PixelSettings = z.output<typeof settings>;

/**
 * Rows of pixels in a table: one column per pixel, as in the Digit Recognizer (`label,pixel0,...,pixel783`), or one cell with
 * all numbers, as in FER2013 (`emotion,pixels,Usage`). Values 0 to 255, row by row, channels last. Training ids are `train-1`,
 * `train-2`, ... (the row number) if no column has ids. Test ids are those of the sample submission, row by row, else `1`,
 * `2`, ...
 */
export const pixels: Layout = defineLayout({
  name: 'pixels',
  summary: 'a table with the pixels of an image in each row: label,pixel0,pixel1,... or label,pixels',
  settings,
  detect: (folder, given) => detect(folder, given),
  read: (folder, given, { signal }) => read(folder, given, signal),
});

type Reading = TableReading & { readonly notes: Notes };

async function detect(
  folder: CompetitionFolder,
  { train, encoding, delimiter, header: headers }: PixelSettings,
): Promise<Detection> {
  for (const table of train === undefined ? trainTables(folder) : [train]) {
    try {
      const found = await pixelColumnsOf(folder, table, { encoding, delimiter, headers }, isLabeled);
      if (found === undefined) continue;
      const { form, count } = found;
      const evidence = {
        columns: `${table} has ${count} pixel columns`,
        cell: `${table} has ${count} numbers in each cell of a column`,
        bare: `${table} has ${count} numbers in each row`,
      };
      return { confidence: 0.95, evidence: [evidence[form]] };
    } catch (error) {
      if (!(error instanceof PodiumError)) throw error;
    }
  }
  return { confidence: 0, evidence: [] };
}

/** The tables that may have the training rows, alike. */
function trainTables(folder: CompetitionFolder): readonly string[] {
  const found = tablesOf(folder, TRAIN_TABLE);
  if (found.length > 0) return found;
  return folder.tables.filter((file) => !hasRole(file, SAMPLE_TABLE) && !hasRole(file, TEST_TABLE));
}

/** Of a table without a header: whether a label comes before a square of pixels. */
function isLabeled(columns: number): boolean {
  return Number.isInteger(Math.sqrt(columns - 1)) || !Number.isInteger(Math.sqrt(columns));
}

async function read(
  folder: CompetitionFolder,
  given: PixelSettings,
  signal: AbortSignal | undefined,
): Promise<DatasetDescription> {
  const notes = new Notes();
  const reading: Reading = tableReading(folder, given, { notes, signal });
  const train = findTrain(folder, given, notes);
  const columns = await columnsWithPixels(folder, train, reading, isLabeled);
  const shape = shapeOf(columns.count, given, train);
  const isSquare = given.width === undefined && given.height === undefined;
  for (const side of ['width', 'height'] as const) {
    const why = `a row of ${train} has ${columns.count} numbers${isSquare ? ', a square' : ''}`;
    if (given[side] === undefined) notes.decide(side, String(shape[side]), why);
  }
  const raw = await rawRows(folder, train, columns);
  await checkFirst(folder, train, raw, shape);
  const label = chooseLabel(columns, train, given, notes);
  const isTest = findSplit(columns, raw, train, given, notes);
  const test = findTest(folder, given, train, notes);
  const sample = await findSample(folder, given, reading);
  const sampled = sample && (await readSampleCells(folder, sample, reading));
  const texts = raw.filter((row) => !isTest(row)).map(({ cells }) => cells[label]!);
  const counts = new Map<string, number>();
  for (const item of texts) if (item !== '') counts.set(item, (counts.get(item) ?? 0) + 1);
  const names = new ClassNames(
    counts,
    undefined,
    [...(sampled?.values.values() ?? [])].flatMap((set) => [...set]),
  );
  names.describe(train, notes);
  const column = columns.names[label]!;
  const head = headName(column);
  const parts: RowParts = { shape, label: column, head, names, id: given.id, notes };
  const [trainRaw, marked] = [raw.filter((row) => !isTest(row)), raw.filter(isTest)];
  const trainRows = manifestRows(train, trainRaw, columns, 'train', parts);
  let tests =
    test === undefined
      ? manifestRows(train, marked, columns, 'test', parts)
      : await readTest(folder, test, columns, train, reading, parts);
  if (sample !== undefined && tests.length > 0) {
    tests = await withIdsOf(folder, sample, tests, test ?? train, reading);
  }
  const used = [train, test, sample?.path].filter((path) => path !== undefined);
  noteUnread(folder, new Set(used), notes);
  for (const path of folder.images) notes.omit('images', 'tables of pixels name no files', path);
  const kept = new Map([
    ['training rows', trainRows.length],
    ['tables', used.length],
  ]);
  return {
    layout: 'pixels',
    root: folder.root,
    heads: [{ name: head, task: 'single-label', classes: sortClasses(names.all()) }],
    train: trainRows,
    test: tests,
    ...(sample && { submission: sample }),
    missing: [],
    unlisted: [...folder.images],
    ...notes.result(kept),
  };
}

function findTrain(folder: CompetitionFolder, { train }: PixelSettings, notes: Notes): string {
  if (train !== undefined) return namedTable(folder, train, 'train');
  const found = trainTables(folder);
  const [only] = found;
  if (found.length > 1) severalTables(TRAIN_TABLE, found);
  if (only !== undefined) {
    notes.decide('train', only, hasRole(only, TRAIN_TABLE) ? 'its name is usual' : 'no other table is left');
    return only;
  }
  throw new PodiumError({
    code: 'layout-no-table',
    path: { file: folder.given },
    expected: 'a table train.csv with pixel columns',
    got: 'no table',
    fix: `set ${OPTIONS}.train`,
  });
}

function findTest(
  folder: CompetitionFolder,
  { test }: PixelSettings,
  train: string,
  notes: Notes,
): string | undefined {
  if (test === false) return undefined;
  if (test !== undefined) return namedTable(folder, test, 'test');
  const found = findTable(folder, TEST_TABLE);
  if (found === undefined || found === train) return undefined;
  notes.decide('test', found, 'its name is usual');
  return found;
}

async function columnsWithPixels(
  folder: CompetitionFolder,
  file: string,
  reading: Reading,
  labeled: (columns: number) => boolean,
): Promise<PixelColumns> {
  const found = await pixelColumnsOf(folder, file, reading, labeled);
  if (found !== undefined) return found;
  throw new PodiumError({
    code: 'layout-pixel-columns',
    path: { file },
    expected: 'columns pixel0, pixel1, ..., or a column with the pixels of an image in each cell',
    got: 'neither in the header nor in the first row',
    fix: `name another table with ${OPTIONS}.train, or choose another layout (data.layout)`,
  });
}

async function rawRows(
  folder: CompetitionFolder,
  file: string,
  { table }: PixelColumns,
): Promise<PixelRow[]> {
  const rows: PixelRow[] = [];
  await eachPixelRow(join(folder.root, file), file, table, (row) => rows.push(row));
  return rows;
}

/** The first row shows whether the pixels are whole numbers. */
async function checkFirst(
  folder: CompetitionFolder,
  path: string,
  [row]: readonly PixelRow[],
  shape: PixelShape,
): Promise<void> {
  if (row === undefined) return;
  const bytes = await readSource(folder.root, {
    kind: 'text',
    path,
    offset: row.offset,
    length: row.length,
    ...shape,
  });
  parsePixelNumbers(bytes, shape.width * shape.height * shape.channels, { path, offset: row.offset });
}

/** The index of the label among the columns that are not pixels. */
function chooseLabel(
  { names }: PixelColumns,
  file: string,
  { label, id, split }: PixelSettings,
  notes: Notes,
): number {
  if (label !== undefined) return columnIndex(names, label, file);
  const taken = new Set([id, (split || undefined)?.column]);
  const possible = names.filter(
    (name) => name !== '' && !taken.has(name) && !mayBeSplit(name) && !ID_NAMES.test(name),
  );
  const usual = possible.filter((name) => LABEL_NAMES.test(name));
  const [only] = usual.length === 1 ? usual : possible;
  if (only !== undefined && (usual.length === 1 || possible.length === 1)) {
    const why = usual.length === 1 ? 'its name is that of a label' : 'no other column is left';
    notes.decide('label', only, why);
    return names.indexOf(only);
  }
  throw new UnclearSetting(
    'label',
    (possible.length > 0 ? possible : names).map((name) => ({ value: name, label: name })),
    {
      code: 'layout-labels-unclear',
      message: 'it is unclear which column is the label',
      path: { file },
      expected: 'one column besides the pixels and ids',
      got: names.join(', ') || 'no other column',
    },
  );
}

function columnIndex(names: readonly string[], name: string, file: string): number {
  const index = names.indexOf(name);
  if (index !== -1) return index;
  throw new PodiumError({
    code: 'table-unknown-column',
    message: 'no such column besides the pixels',
    path: { file },
    expected: names,
    got: JSON.stringify(name),
    fix: "use a name from the file's first line",
  });
}

function findSplit(
  { names }: PixelColumns,
  rows: readonly PixelRow[],
  file: string,
  { split }: PixelSettings,
  notes: Notes,
): (row: PixelRow) => boolean {
  if (split === false) return () => false;
  const facts = names.filter(mayBeSplit).map((name) => {
    const own = new ColumnFacts(name);
    for (const { cells, line } of rows) own.add(cells[names.indexOf(name)]!, line);
    return own;
  });
  const found = split ?? recognizeSplit(facts, file, notes);
  if (found === undefined) return () => false;
  const index = columnIndex(names, found.column, file);
  return ({ cells }) => found.test.includes(cells[index]!);
}

async function readTest(
  folder: CompetitionFolder,
  test: string,
  train: PixelColumns,
  trainTable: string,
  reading: Reading,
  parts: RowParts,
): Promise<ManifestRow[]> {
  const columns = await columnsWithPixels(folder, test, reading, (all) => all === train.count + 1);
  if (columns.count !== train.count) {
    wrongCount(test, `${train.count} pixels, as in ${trainTable}`, columns.count);
  }
  return manifestRows(test, await rawRows(folder, test, columns), columns, 'test', parts);
}
