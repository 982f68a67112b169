import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import type { ManifestRow } from '../manifest/types.ts';
import type { TableColumns } from '../tables/columns.ts';
import type { CompetitionFolder } from './support/folder.ts';
import { sortClasses } from './support/label-plan.ts';
import { listed } from './support/listed.ts';
import { eachPixelRow } from './support/pixel-rows.ts';
import { Settings, settingsFail } from './support/settings.ts';
import {
  columnsIfAny,
  columnsOf,
  findTable,
  namedTable,
  readFolderTable,
  SAMPLE,
  submissionFormat,
  UniqueIds,
} from './support/tables.ts';
import type { Layout, Split } from './support/types.ts';

const PIXEL = /^(pixel|px|p)?[-_ ]?\d+(x\d+)?$/i;
const FEWEST_PIXELS = 16;

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
 * Rows of pixels in a table, as the Digit Recognizer has them: `label,pixel0,...,pixel783`, values 0 to 255. Training
 * ids are `train-1`, `train-2`, ... (the row's number) where no column has ids; test ids are those of the sample
 * submission, row by row, else `1`, `2`, ...
 * Settings, all optional: `train`, `test`, `sampleSubmission`: tables; `label` (`label`), `id`: columns; `width`,
 * `height`, `channels` (1): pixels come row by row, channels last; default: a square.
 */
export const pixels: Layout = {
  name: 'pixels',
  summary: 'a table with a column a pixel: label,pixel0,pixel1,...',
  detect: async (folder) => {
    const train = findTable(folder, /train[^/]*\.csv$/i);
    const columns = await columnsIfAny(folder, train);
    const count = columns?.names.filter((name) => PIXEL.test(name)).length ?? 0;
    if (train === undefined || count < FEWEST_PIXELS) return { confidence: 0, evidence: [] };
    return { confidence: 0.95, evidence: [`${train} has ${count} columns of pixels`] };
  },
  read: async (folder, values) => {
    const settings = new Settings(values, 'pixels');
    const table = (name: string) => {
      const value = settings.raw(name) === false ? undefined : settings.text(name);
      return value === undefined ? undefined : namedTable(folder, value, settings.key(name));
    };
    const train = table('train') ?? findTable(folder, /train[^/]*\.csv$/i) ?? noTable(folder);
    const test = table('test') ?? findTable(folder, /^[^/]*test[^/]*\.csv$/i);
    const sample = table('sampleSubmission') ?? findTable(folder, SAMPLE);
    const label = settings.text('label') ?? 'label';
    const idColumn = settings.text('id');
    const size = {
      width: settings.integer('width', 1),
      height: settings.integer('height', 1),
      channels: settings.integer('channels', 1) ?? 1,
    };
    settings.done();
    const columns = await columnsOf(folder, train);
    columns.index(label);
    const split = splitColumns(columns, train);
    const shape = shapeOf(split.pixels, size, train);
    const trainRows = await readRows(folder, train, 'train', split, shape, label, idColumn);
    const testSplit = test === undefined ? undefined : splitColumns(await columnsOf(folder, test), test);
    if (testSplit !== undefined && testSplit.pixels !== split.pixels) {
      wrongCount(test!, `${split.pixels} columns of pixels, as ${train} has`, testSplit.pixels);
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
};

function noTable(folder: CompetitionFolder): never {
  throw new PodiumError({
    code: 'layout-no-table',
    path: { file: folder.given },
    expected: 'a table train.csv with columns of pixels',
    got: listed(folder.tables) || 'no table',
    fix: 'name it in the settings (train)',
  });
}

/** The one run of pixel columns. */
function splitColumns(columns: TableColumns, file: string): PixelColumns {
  const { names } = columns;
  const first = names.findIndex((name) => PIXEL.test(name));
  let end = first;
  while (end !== -1 && end < names.length && PIXEL.test(names[end]!)) end++;
  const pixels = end - first;
  if (first === -1 || names.slice(end).some((name) => PIXEL.test(name))) {
    throw new PodiumError({
      code: 'layout-pixel-columns',
      message: 'the columns of pixels must stand side by side',
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
    return settingsFail('pixels.width', `width x height x channels = ${count}, the columns of ${file}`, size);
  }
  return wrongCount(file, 'a square number of columns of pixels', count);
}

function wrongCount(file: string, expected: string, got: number): never {
  throw new PodiumError({
    code: 'layout-pixel-columns',
    path: { file },
    expected,
    got: String(got),
    fix: 'set width, height and channels in the settings, or download the file again',
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
        fix: 'fill it, or drop the row',
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

/** The sample submission's ids: by id where the table has the same ones, else row by row. */
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
      message: 'the sample submission and the test table do not have the same rows',
      path: { file: sample },
      expected: `${rows.length} rows, as ${test} has`,
      got: String(ids.length),
      fix: 'download both again',
    });
  }
  const byId = new Map(rows.map((row) => [row.id, row]));
  const same = ids.every((id) => byId.has(id));
  return ids.map((id, i) => (same ? byId.get(id)! : { ...rows[i]!, id }));
}
