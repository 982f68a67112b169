import { PodiumError } from '@podium/core';
import { columnsOf, optionNames, readFolderTable, type TableReading } from '../../folder/folder-tables.ts';
import type { ImageIndex } from '../../folder/image-index.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import { noHeader } from '../../tables/columns.ts';
import type { Split } from '../layout.ts';
import { OPTIONS } from '../notes.ts';
import { ID_NAMES } from '../sample.ts';
import { UnclearSetting } from '../unclear-setting.ts';
import type { CsvSettings } from './csv-settings.ts';
import { namesImage, recognizeNames } from './image-names.ts';

const SAMPLED_ROWS = 200;

/** How many of a column's sampled cells name an image. */
export interface ColumnMatch {
  readonly column: string;
  /** Of all sampled cells, from 0 to 1. */
  readonly share: number;
  /** Different cells that name an image. */
  readonly different: number;
  /** The first cell, and its line. */
  readonly example: string;
  readonly line: number;
}

/** With this share of different cells that name images, columns with fewer different cells are not looked at. */
const SURE = 0.9;
/** Row numbers, as pandas and spreadsheets write them; they are often names of images, but of other rows. */
const ROW_NUMBERS = /^(unnamed: ?\d+|index|row|row[-_ ]?(id|no|number)|no|nr|#)?$/i;
/** Names of columns that name images, the likeliest first. */
const IMAGE_NAMES = [/image|img|file|path|photo|pic/i, /(^|[-_ .u])ids?$/i];

/**
 * Matches the cells of the first rows with images, per column.
 * @param first names of columns to look at before the others
 */
export async function matchImages(
  folder: CompetitionFolder,
  table: string,
  index: ImageIndex,
  settings: Pick<CsvSettings, 'pad' | 'dropFolders'>,
  options: TableReading,
  { split = 'train', first: preferred = [] }: { split?: Split; first?: readonly string[] } = {},
): Promise<ColumnMatch[]> {
  let names: readonly string[] = [];
  const rows: (readonly string[])[] = [];
  let first = 1;
  await readFolderTable(
    folder,
    table,
    (columns) => {
      names = columns.names;
      return ({ cells, line }) => {
        if (rows.length === 0) first = line;
        rows.push(cells.map((cell) => cell.trim()));
        return rows.length < SAMPLED_ROWS;
      };
    },
    { ...options, notes: undefined },
  );
  const order = [...names.keys()].toSorted(
    (a, b) => Number(preferred.includes(names[b]!)) - Number(preferred.includes(names[a]!)) || a - b,
  );
  const found = new Map<number, { readonly share: number; readonly different: number }>();
  for (const i of order) {
    const cells = rows.map((row) => row[i]!);
    const distinct = [...new Set(cells)];
    const isUnique = distinct.length >= SURE * rows.length;
    const isSure = [...found.values()].some(({ different }) => different >= SURE * rows.length);
    if ((isSure && !isUnique) || (names.length > 1 && ROW_NUMBERS.test(names[i]!))) continue;
    const { nameOf } = recognizeNames(distinct, { index, images: folder.images, split }, settings);
    const named = new Set(distinct.filter((cell) => namesImage(index, nameOf(cell), split)));
    const share = cells.filter((cell) => named.has(cell)).length / Math.max(1, rows.length);
    found.set(i, { share, different: named.size });
  }
  return names.map((column, i) => ({
    column,
    share: 0,
    different: 0,
    ...found.get(i),
    example: rows[0]?.[i] ?? '',
    line: first,
  }));
}

/** The columns of ids and of image names. */
export interface ChosenColumns {
  readonly id: string;
  readonly path: string;
}

/**
 * The columns of ids and of image names: as set, or a column of the sample submission that names images or has a usual name,
 * or the column that names most images.
 * @param sampled the columns of the sample submission
 * @throws PodiumError `table-unknown-column` for a column in the settings that does not exist, `layout-no-images` if no
 * column names images, `table-no-header` for a table that begins with data
 */
export async function chooseColumns(
  folder: CompetitionFolder,
  { train, index }: { readonly train: string; readonly index: ImageIndex },
  settings: Pick<CsvSettings, 'id' | 'path' | 'pad' | 'dropFolders'>,
  sampled: readonly string[],
  options: TableReading,
): Promise<ChosenColumns> {
  const { notes } = options;
  const columns = await columnsOf(folder, train, options);
  for (const name of [settings.id, settings.path]) if (name !== undefined) columns.index(name);
  if (settings.id !== undefined && settings.path !== undefined)
    return { id: settings.id, path: settings.path };
  const matches = await matchImages(folder, train, index, settings, options, { first: sampled });
  const matchOf = (name: string) => matches.find(({ column }) => column === name)!;
  const best = settings.path === undefined ? bestMatch(matches, sampled, train) : matchOf(settings.path);
  const common = columns.names.filter((name) => name !== '' && sampled.includes(name));
  const commonBest = common
    .map(matchOf)
    .filter(({ different }) => different > 0)
    .toSorted((a, b) => b.different - a.different)[0];
  const usual = (names: readonly string[]) => names.find((name) => ID_NAMES.test(name));
  const named = columns.names.filter((name) => name !== '');
  const likely = best.different > 0 ? best.column : (usual(named) ?? named[0] ?? columns.names[0]!);
  const id = settings.id ?? commonBest?.column ?? usual(common) ?? likely;
  const path = settings.path ?? (matchOf(id).different > 0 ? id : likely);
  assertHeader(path, columns.names, train, index, options, 'train');
  if (matchOf(path).different === 0 && settings.path === undefined)
    noImages(folder, train, index, matchOf(path));
  const share = `${Math.round(matchOf(path).share * 100)} % of the first cells of "${path}" name an image`;
  if (settings.id === undefined) {
    const why = id === path ? share : 'the sample has this column';
    notes?.decide('id', id, id === path || common.includes(id) ? why : 'its name is usual for ids');
  }
  if (settings.path === undefined && path !== id) notes?.decide('path', path, share);
  return { id, path };
}

/**
 * The column that names most images. Of several, the one that the sample has, or that is called like images or ids.
 * @throws UnclearSetting `layout-path-unclear` if several remain
 */
function bestMatch(matches: readonly ColumnMatch[], sampled: readonly string[], file: string): ColumnMatch {
  const most = matches.reduce((a, b) => (b.different > a.different ? b : a));
  let alike = matches.filter(
    (match) => match === most || (match.share >= 0.5 && match.different >= SURE * most.different),
  );
  const tests = [
    (name: string) => sampled.includes(name),
    ...IMAGE_NAMES.map((names) => (name: string) => names.test(name)),
  ];
  for (const isLikely of tests) {
    const likely = alike.filter(({ column }) => isLikely(column));
    if (alike.length > 1 && likely.length > 0) alike = likely;
  }
  if (alike.length < 2) return alike[0] ?? most;
  throw new UnclearSetting(
    'path',
    alike.map(({ column }) => ({ value: column, label: column })),
    {
      code: 'layout-path-unclear',
      message: 'several columns name images',
      path: { file },
      expected: 'one column of images',
      got: alike.map(({ column, example }) => `"${column}" with ${JSON.stringify(example)}`).join(', '),
    },
  );
}

/**
 * Refuses a column whose name is that of an image: the table begins with data.
 * @throws PodiumError `table-no-header`
 */
export function assertHeader(
  column: string,
  names: readonly string[],
  table: string,
  index: ImageIndex,
  { headers }: TableReading,
  split: Split,
): void {
  if (headers?.has(table) === true || !namesImage(index, column, split)) return;
  noHeader(names, { file: table, line: 1, option: optionNames(table).header });
}

function noImages(
  folder: CompetitionFolder,
  file: string,
  index: ImageIndex,
  { column, example, line }: ColumnMatch,
): never {
  const path = { file, line, column };
  // A path that leads out of the folder has an error of its own.
  index.find(example, 'train', path, true);
  throw new PodiumError({
    code: 'layout-no-images',
    message: `no cell of the first ${SAMPLED_ROWS} rows names an image of the folder`,
    path,
    expected: `one of ${folder.images.length} images, such as ${folder.images[0] ?? '(none)'}`,
    got: JSON.stringify(example),
    fix: `set ${OPTIONS}.path to the column that names the images and ${OPTIONS}.images to their folder, or unpack the archive of images`,
  });
}
