import { PodiumError, type ProblemPath } from '@podium/core';
import type { TableOptions } from '../../tables/read-table.ts';
import type { CompetitionFolder } from './folder.ts';
import type { ImageIndex } from './image-index.ts';
import { columnsOf, readFolderTable } from './tables.ts';

const LOOKED_AT = 200;
const ID_NAMES = /^(image[-_ ]?(id|name|file)?|id(_code)?|file[-_ ]?(name)?|img|path|name|code)$/i;

/** How many of a column's first cells name an image. */
export interface ColumnMatch {
  readonly column: string;
  /** From 0 to 1. */
  readonly share: number;
  /** The first cell that tries to leave the folder, as the error that it is. */
  readonly unsafe: PodiumError | undefined;
}

/** Looks for images named by the first rows, column by column. */
export async function matchImages(
  folder: CompetitionFolder,
  table: string,
  index: ImageIndex,
  options: TableOptions,
): Promise<ColumnMatch[]> {
  const columns = await columnsOf(folder, table);
  const found = columns.names.map(() => 0);
  const unsafe: (PodiumError | undefined)[] = columns.names.map(() => undefined);
  let rows = 0;
  await readFolderTable(
    folder,
    table,
    () =>
      ({ cells, line }) => {
        rows++;
        for (const [i, cell] of cells.entries()) {
          const answer = names(index, cell, { file: table, line, column: columns.names[i]! });
          if (answer === true) found[i] = found[i]! + 1;
          else if (answer !== false) unsafe[i] ??= answer;
        }
        return rows < LOOKED_AT;
      },
    options,
  );
  return columns.names.map((column, i) => ({
    column,
    share: rows === 0 ? 0 : found[i]! / rows,
    unsafe: unsafe[i],
  }));
}

function names(index: ImageIndex, cell: string, where: ProblemPath): boolean | PodiumError {
  try {
    return index.find(cell, 'train', where, true) !== undefined;
  } catch (error) {
    // Several images for one cell: reading the rows says so, if the column is the image's.
    if (error instanceof PodiumError) return error.code === 'layout-ambiguous-image' || error;
    throw error;
  }
}

/**
 * The columns of the id and of the image's name, as set or by looking: the sample submission's id column, then the one
 * that names most images, then usual names.
 * @throws PodiumError `table-unknown-column` for a set column that is not there, `layout-no-images` where no column
 * names any image.
 */
export async function chooseColumns(
  folder: CompetitionFolder,
  settings: {
    readonly train: string;
    readonly index: ImageIndex;
    readonly id: string | undefined;
    readonly path: string | undefined;
  },
  sampleId: string | undefined,
  options: TableOptions,
): Promise<{ readonly id: string; readonly path: string }> {
  const columns = await columnsOf(folder, settings.train);
  for (const set of [settings.id, settings.path]) if (set !== undefined) columns.index(set);
  if (settings.id !== undefined && settings.path !== undefined)
    return { id: settings.id, path: settings.path };
  const matches = await matchImages(folder, settings.train, settings.index, options);
  const best = matches.reduce((a, b) => (b.share > a.share ? b : a));
  const share = (name: string) => matches.find(({ column }) => column === name)?.share ?? 0;
  const usual = columns.names.find((name) => ID_NAMES.test(name));
  const likely = best.share > 0 ? best.column : (usual ?? columns.names[0]!);
  const id = settings.id ?? (sampleId !== undefined && columns.has(sampleId) ? sampleId : likely);
  const path = settings.path ?? (share(id) > 0 ? id : likely);
  if (share(path) > 0 || settings.path !== undefined) return { id, path };
  const unsafe = matches.find(({ column }) => column === path)?.unsafe;
  if (unsafe !== undefined) throw unsafe;
  throw new PodiumError({
    code: 'layout-no-images',
    message: `none of the first ${LOOKED_AT} rows names an image of the folder, in no column`,
    path: { file: settings.train },
    expected: `one of its ${folder.images.length} images, such as ${folder.images[0] ?? '(none)'}`,
    fix: 'name the columns (id, path) and the folder of images in the settings; unpack the archive of images',
  });
}
