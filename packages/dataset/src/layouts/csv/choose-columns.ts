import { PodiumError, type ProblemPath } from '@podium/core';
import { columnsOf, readFolderTable, type TableReading } from '../../folder/folder-tables.ts';
import type { ImageIndex } from '../../folder/image-index.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import type { CsvSettings, CsvSources } from './csv-settings.ts';

const SAMPLED_ROWS = 200;
const ID_NAMES = /^(image[-_ ]?(id|name|file)?|id(_code)?|file[-_ ]?(name)?|img|path|name|code)$/i;

/** How many of a column's sampled cells name an image. */
export interface ColumnMatch {
  readonly column: string;
  /** From 0 to 1. */
  readonly share: number;
  /** The error of the first cell whose path leads out of the folder. */
  readonly unsafe: PodiumError | undefined;
}

/** Matches the cells of the first rows with images, per column. */
export async function matchImages(
  folder: CompetitionFolder,
  table: string,
  index: ImageIndex,
  options: TableReading,
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
          const match = namesImage(index, cell, { file: table, line, column: columns.names[i]! });
          if (match === true) found[i] = found[i]! + 1;
          else if (match !== false) unsafe[i] ??= match;
        }
        return rows < SAMPLED_ROWS;
      },
    options,
  );
  return columns.names.map((column, i) => ({
    column,
    share: rows === 0 ? 0 : found[i]! / rows,
    unsafe: unsafe[i],
  }));
}

function namesImage(index: ImageIndex, cell: string, where: ProblemPath): boolean | PodiumError {
  try {
    return index.find(cell, 'train', where, true) !== undefined;
  } catch (error) {
    // Several images match. If the column is chosen, reading its rows reports that.
    if (error instanceof PodiumError) return error.code === 'layout-ambiguous-image' || error;
    throw error;
  }
}

/**
 * The columns of ids and of image names: as set, or the sample submission's id column, or the column that names most
 * images, or one with a usual name.
 * @throws PodiumError `table-unknown-column` for a column in the settings that does not exist, `layout-no-images` if no
 * column names images
 */
export async function chooseColumns(
  folder: CompetitionFolder,
  { train, index }: CsvSources,
  settings: Pick<CsvSettings, 'id' | 'path'>,
  sampleId: string | undefined,
  options: TableReading,
): Promise<{ readonly id: string; readonly path: string }> {
  const columns = await columnsOf(folder, train);
  for (const name of [settings.id, settings.path]) if (name !== undefined) columns.index(name);
  if (settings.id !== undefined && settings.path !== undefined)
    return { id: settings.id, path: settings.path };
  const matches = await matchImages(folder, train, index, options);
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
    message: `no column of the first ${SAMPLED_ROWS} rows names an image of the folder`,
    path: { file: train },
    expected: `one of ${folder.images.length} images, such as ${folder.images[0] ?? '(none)'}`,
    fix: 'set the options id, path and images, or unpack the archive of images',
  });
}
