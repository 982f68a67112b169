import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { z } from 'zod';
import {
  columnsIfAny,
  columnsOf,
  namedTable,
  readFolderTable,
  submissionFormat,
  UniqueIds,
} from '../folder/folder-tables.ts';
import { listNames } from '../folder/list-names.ts';
import type { CompetitionFolder } from '../folder/open-folder.ts';
import { findTable, SAMPLE_TABLE, type TableRole, tablesOf } from '../folder/table-roles.ts';
import { sortClasses } from '../manifest/sort-classes.ts';
import type { ManifestRow } from '../manifest/types.ts';
import type { TableColumns } from '../tables/columns.ts';
import { eachPixelRow } from '../tables/pixel-rows.ts';
import { defineLayout, type Layout, type Split } from './layout.ts';
import { invalidSetting, pathOrFalse, text } from './layout-settings.ts';

const PIXEL = /^(pixel|px|p)?[-_ ]?\d+(x\d+)?$/i;
const MIN_PIXELS = 16;
const TRAIN_TABLE: TableRole = {
  option: 'train',
  has: 'the training rows',
  names: [/^train\.csv$/i, /train[^/]*\.csv$/i],
  optional: false,
};
const TEST_TABLE: TableRole = {
  option: 'test',
  has: 'the test rows',
  names: [/^test\.csv$/i, /^[^/]*test[^/]*\.csv$/i],
  optional: true,
};

interface Shape {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

interface PixelColumns {
  readonly before: readonly string[];
  readonly pixels: number;
  readonly after: readonly string[];
}

/**
 * Rows of pixels in a table, as in the Digit Recognizer: `label,pixel0,...,pixel783`, values 0 to 255, row by row,
 * channels last. Training ids are `train-1`, `train-2`, ... (the row number) if no column has ids. Test ids are those of
 * the sample submission, row by row, else `1`, `2`, ...
 */
export const pixels: Layout = defineLayout({
  name: 'pixels',
  summary: 'a table with one column per pixel: label,pixel0,pixel1,...',
  settings: z.object({
    train: text().optional().describe('table of the training rows; default: *train*.csv'),
    test: pathOrFalse()
      .optional()
      .describe('table of the test rows, false for none; default: *test*.csv, if any'),
    sampleSubmission: pathOrFalse()
      .optional()
      .describe('sample submission, false for none; default: sample_submission.csv, if any'),
    label: text().default('label').describe('column of labels'),
    id: text().optional().describe('column of ids; default: row numbers'),
    width: z.int().min(1).optional().describe('width in pixels; default: a square'),
    height: z.int().min(1).optional().describe('height in pixels; default: a square'),
    channels: z.int().min(1).default(1).describe('channels per pixel'),
  }),
  detect: async (folder) => {
    const [train] = tablesOf(folder, TRAIN_TABLE);
    const columns = await columnsIfAny(folder, train);
    const count = columns?.names.filter((name) => PIXEL.test(name)).length ?? 0;
    if (train === undefined || count < MIN_PIXELS) return { confidence: 0, evidence: [] };
    return { confidence: 0.95, evidence: [`${train} has ${count} pixel columns`] };
  },
  read: async (folder, { label, id: idColumn, width, height, channels, ...tables }) => {
    const find = (key: 'train' | 'test' | 'sampleSubmission', usual: TableRole) => {
      const value = tables[key];
      if (value === false) return undefined;
      return value === undefined ? findTable(folder, usual) : namedTable(folder, value, key);
    };
    const train = find('train', TRAIN_TABLE) ?? noTable(folder);
    const test = find('test', TEST_TABLE);
    const sample = find('sampleSubmission', SAMPLE_TABLE);
    const size = { width, height, channels };
    const columns = await columnsOf(folder, train);
    columns.index(label);
    const split = splitColumns(columns, train);
    const shape = shapeOf(split.pixels, size, train);
    const trainRows = await readRows(folder, train, 'train', split, shape, label, idColumn);
    const testSplit = test === undefined ? undefined : splitColumns(await columnsOf(folder, test), test);
    if (testSplit !== undefined && testSplit.pixels !== split.pixels) {
      wrongCount(test!, `${split.pixels} pixel columns, as in ${train}`, testSplit.pixels);
    }
    let testRows =
      test === undefined || testSplit === undefined
        ? []
        : await readRows(folder, test, 'test', testSplit, shape, label, idColumn);
    const submission = sample === undefined ? undefined : await submissionFormat(folder, sample);
    if (submission !== undefined && test !== undefined) {
      testRows = await withIdsOf(folder, submission.path, submission.idColumn, testRows, test);
    }
    const classes = sortClasses(new Set(trainRows.map((row) => row.labels[label] as string)));
    return {
      layout: 'pixels',
      root: folder.root,
      heads: [{ name: label, task: 'single-label', classes }],
      train: trainRows,
      test: testRows,
      ...(submission && { submission }),
      missing: [],
      unlisted: [...folder.images],
    };
  },
});

function noTable(folder: CompetitionFolder): never {
  throw new PodiumError({
    code: 'layout-no-table',
    path: { file: folder.given },
    expected: 'a table train.csv with pixel columns',
    got: listNames(folder.tables) || 'no table',
    fix: 'set the option train',
  });
}

/** The pixel columns, and the columns before and after them. */
function splitColumns(columns: TableColumns, file: string): PixelColumns {
  const { names } = columns;
  const first = names.findIndex((name) => PIXEL.test(name));
  let end = first;
  while (end !== -1 && end < names.length && PIXEL.test(names[end]!)) end++;
  const pixels = end - first;
  if (first === -1 || names.slice(end).some((name) => PIXEL.test(name))) {
    throw new PodiumError({
      code: 'layout-pixel-columns',
      message: 'the pixel columns must be adjacent',
      path: { file },
      expected: 'pixel0, pixel1, ...',
      got: names.slice(0, 5).join(', '),
      fix: 'reorder the columns, or choose another layout',
    });
  }
  return { before: names.slice(0, first), pixels, after: names.slice(end) };
}

function shapeOf(
  count: number,
  size: { width: number | undefined; height: number | undefined; channels: number },
  file: string,
): Shape {
  const { channels } = size;
  const places = count / channels;
  const width = size.width ?? (size.height === undefined ? Math.sqrt(places) : places / size.height);
  const height = size.height ?? places / width;
  if (Number.isInteger(width) && Number.isInteger(height) && width * height * channels === count) {
    return { width, height, channels };
  }
  if (size.width !== undefined || size.height !== undefined || channels !== 1) {
    return invalidSetting(
      'width',
      `width x height x channels = ${count}, the pixel columns of ${file}`,
      size,
    );
  }
  return wrongCount(file, 'a square number of pixel columns', count);
}

function wrongCount(file: string, expected: string, got: number): never {
  throw new PodiumError({
    code: 'layout-pixel-columns',
    path: { file },
    expected,
    got: String(got),
    fix: 'set the options width, height and channels, or download the file again',
  });
}

async function readRows(
  folder: CompetitionFolder,
  table: string,
  split: Split,
  { before, pixels: count, after }: PixelColumns,
  shape: Shape,
  label: string,
  idColumn: string | undefined,
): Promise<ManifestRow[]> {
  const names = [...before, ...after];
  const labelAt = names.indexOf(label);
  const idAt = idColumn === undefined ? -1 : names.indexOf(idColumn);
  const ids = new UniqueIds(table, idColumn ?? 'row');
  const rows: ManifestRow[] = [];
  const cells = { before: before.length, pixels: count, after: after.length };
  await eachPixelRow(join(folder.root, table), table, cells, (row) => {
    const values = [...row.before, ...row.after];
    const number = rows.length + 1;
    const id = idAt === -1 ? (split === 'train' ? `train-${number}` : String(number)) : values[idAt]!;
    ids.add(id, row.line);
    const text = labelAt === -1 ? '' : values[labelAt]!;
    if (text === '' && split === 'train') {
      throw new PodiumError({
        code: 'layout-label',
        path: { file: table, line: row.line, column: label },
        expected: 'a class',
        got: 'an empty cell',
        fix: 'fill the cell, or drop the row',
      });
    }
    rows.push({
      id,
      image: { kind: 'text', path: table, offset: row.offset, length: row.length, ...shape },
      labels: text === '' ? {} : { [label]: text },
      weight: 1,
      provenance: { kind: 'true' },
    });
  });
  return rows;
}

/** Test rows with the ids of the sample submission: matched by id if the table has the same ids, else row by row. */
async function withIdsOf(
  folder: CompetitionFolder,
  sample: string,
  idColumn: string,
  rows: readonly ManifestRow[],
  test: string,
): Promise<ManifestRow[]> {
  const ids: string[] = [];
  const unique = new UniqueIds(sample, idColumn);
  await readFolderTable(folder, sample, (columns) => {
    const at = columns.index(idColumn);
    return ({ cells, line }) => {
      const id = cells[at]!.trim();
      unique.add(id, line);
      ids.push(id);
    };
  });
  if (ids.length !== rows.length) {
    throw new PodiumError({
      code: 'layout-test-rows',
      message: 'the sample submission and the test table have different numbers of rows',
      path: { file: sample },
      expected: `${rows.length} rows, as in ${test}`,
      got: String(ids.length),
      fix: 'download both again',
    });
  }
  const byId = new Map(rows.map((row) => [row.id, row]));
  const same = ids.every((id) => byId.has(id));
  return ids.map((id, i) => (same ? byId.get(id)! : { ...rows[i]!, id }));
}
