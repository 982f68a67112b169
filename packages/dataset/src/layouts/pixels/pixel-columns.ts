import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { columnsOf, readFolderTable, type TableReading } from '../../folder/folder-tables.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import { firstCells } from '../../tables/first-cells.ts';
import type { PixelTable } from '../../tables/pixel-rows.ts';
import type { TableSummary } from '../../tables/read-table.ts';

const PIXEL = /^(pixel|px|p)?[-_ ]?\d+(x\d+)?$/i;
const MIN_PIXELS = 16;
/** Numbers of one image in a cell, maybe in brackets. */
const PIXEL_CELL = /^\s*\[?\s*\d+(\.0*)?([\s,;]+\d+(\.0*)?)+\s*\]?\s*$/;

/** Where the pixels of a table are. */
export interface PixelColumns {
  readonly table: PixelTable;
  /** The names of the columns that are not pixels, in order. */
  readonly names: readonly string[];
  /** Numbers per image. */
  readonly count: number;
  /** `columns`: one column per pixel; `cell`: all in one column; `bare`: columns without a header. */
  readonly form: 'columns' | 'cell' | 'bare';
}

/**
 * Finds the pixels of a table: columns such as pixel0, pixel1, ...; or a column whose cells have all of them; or a table of
 * numbers without a header, whose first column is the label.
 * @param labeled whether a table without a header has labels, by its number of columns
 * @returns undefined if the table has no pixels
 * @throws PodiumError what reading the table throws; `layout-pixel-columns` if pixel columns are not adjacent
 */
export async function pixelColumnsOf(
  folder: CompetitionFolder,
  file: string,
  reading: TableReading,
  labeled: (columns: number) => boolean,
): Promise<PixelColumns | undefined> {
  let row: readonly string[] = [];
  let summary: TableSummary;
  try {
    const begin = () => (first: { cells: readonly string[] }) => {
      row = first.cells;
      return false;
    };
    summary = await readFolderTable(folder, file, begin, reading);
  } catch (error) {
    if (!(error instanceof PodiumError) || error.code !== 'table-no-header') throw error;
    return bareColumns(folder, file, reading, labeled);
  }
  const { names } = summary.columns;
  const make = (first: number, columns: number, count: number, form: PixelColumns['form']): PixelColumns => ({
    table: {
      delimiter: summary.delimiter,
      encoding: summary.encoding.encoding,
      skip: summary.headerLine ?? (summary.dialect.hasDelimiterLine ? 1 : 0),
      columns: names.length,
      pixels: { first, count: columns },
    },
    names: names.filter((_, i) => i < first || i >= first + columns),
    count,
    form,
  });
  const pixels = names.filter((name) => PIXEL.test(name)).length;
  if (pixels >= MIN_PIXELS) {
    const first = names.findIndex((name) => PIXEL.test(name));
    if (names.slice(first, first + pixels).every((name) => PIXEL.test(name)))
      return make(first, pixels, pixels, 'columns');
    throw new PodiumError({
      code: 'layout-pixel-columns',
      message: 'the pixel columns must be adjacent',
      path: { file },
      expected: 'pixel0, pixel1, ...',
      got: names.slice(0, 5).join(', '),
      fix: 'reorder the columns, or choose another layout',
    });
  }
  const cell = row.findIndex((text) => PIXEL_CELL.test(text) && numbersIn(text) >= MIN_PIXELS);
  return cell === -1 ? undefined : make(cell, 1, numbersIn(row[cell]!), 'cell');
}

async function bareColumns(
  folder: CompetitionFolder,
  file: string,
  reading: TableReading,
  labeled: (columns: number) => boolean,
): Promise<PixelColumns | undefined> {
  const path = join(folder.root, file);
  const { cells, delimiter } = await firstCells(path, { ...reading, name: file });
  if (cells.length < MIN_PIXELS || cells.slice(1).some((cell) => !/^\d+(\.0*)?$/.test(cell))) {
    // Names the first line and the setting.
    await columnsOf(folder, file, reading);
    return undefined;
  }
  const first = labeled(cells.length) ? 1 : 0;
  reading.notes?.decide(
    'header',
    'none',
    `${file} begins with numbers: ${first === 1 ? 'a label and pixels' : 'pixels'}`,
  );
  return {
    table: {
      delimiter,
      encoding: 'utf-8',
      skip: 0,
      columns: cells.length,
      pixels: { first, count: cells.length - first },
    },
    names: first === 1 ? ['label'] : [],
    count: cells.length - first,
    form: 'bare',
  };
}

function numbersIn(text: string): number {
  return text.match(/\d+(\.\d*)?/g)?.length ?? 0;
}
