import { readFolderTable, type TableReading } from '../../folder/folder-tables.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import type { SubmissionFormat } from '../layout.ts';
import { numberOf } from './cell-number.ts';

const MAX_VALUES = 10_000;
const SUM_TOLERANCE = 0.02;

/** What the cells of a sample submission say about the labels. */
export interface SampleCells {
  /** The columns to fill. */
  readonly columns: readonly string[];
  /** The different texts in each column, without empty cells, up to a limit. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>;
  /** What the rows sum to: 1 in all, something else in some; undefined if they say nothing (texts, or a placeholder of 0). */
  readonly sums: 'one' | 'other' | undefined;
}

export async function readSampleCells(
  folder: CompetitionFolder,
  sample: SubmissionFormat,
  reading: TableReading,
): Promise<SampleCells> {
  const columns = sample.valueColumns;
  const values = new Map(columns.map((name) => [name, new Set<string>()]));
  let [rows, ones, zeros, isNumeric] = [0, 0, 0, true];
  await readFolderTable(
    folder,
    sample.path,
    (table) => {
      const indices = columns.map((name) => table.index(name));
      return ({ cells }) => {
        rows++;
        let sum = 0;
        for (const [k, index] of indices.entries()) {
          const cell = cells[index]!.trim();
          const known = values.get(columns[k]!)!;
          if (cell !== '' && known.size < MAX_VALUES) known.add(cell);
          const value = numberOf(cell);
          if (value === undefined) isNumeric = false;
          else sum += value;
        }
        if (Math.abs(sum - 1) <= SUM_TOLERANCE) ones++;
        if (sum === 0) zeros++;
      };
    },
    reading,
  );
  const saysNothing = !isNumeric || rows === 0 || zeros === rows || columns.length < 3;
  return { columns, values, sums: saysNothing ? undefined : ones === rows ? 'one' : 'other' };
}
