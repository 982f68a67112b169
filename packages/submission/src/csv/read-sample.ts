import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import type { SubmissionFormat } from '@podium/dataset';
import { readSubmissionTable, type SubmissionTable } from './submission-table.ts';

/** A competition's sample submission, with unique ids. Every submission is checked against it. */
export interface SampleSubmission extends SubmissionTable {
  /** Every column except the id column, in order. */
  readonly valueColumns: readonly string[];
  readonly ids: readonly string[];
}

/**
 * Reads the sample submission of a competition.
 * @param root the competition's folder
 * @throws PodiumError `submission-sample` for an empty or repeated id, naming the line, and for a sample without rows or
 * without columns to fill; what `readSubmissionTable` throws
 */
export async function readSample(
  root: string,
  format: Pick<SubmissionFormat, 'path' | 'idColumn' | 'reading'>,
): Promise<SampleSubmission> {
  const table = await readSubmissionTable(join(root, format.path), {
    name: format.path,
    idColumn: format.idColumn,
    reading: format.reading,
  });
  return asSample(table);
}

function asSample(table: SubmissionTable): SampleSubmission {
  const { file, columns, idColumn, rows } = table;
  const valueColumns = columns.filter((name) => name !== idColumn);
  const lines = new Map<string, number>();
  for (const { id, line } of rows) {
    const earlier = lines.get(id);
    if (id === '' || earlier !== undefined) {
      throw new PodiumError({
        code: 'submission-sample',
        message:
          id === ''
            ? 'a row of the sample submission has no id'
            : `the id ${JSON.stringify(id)} is already on line ${earlier}`,
        path: { file, line, column: idColumn },
        expected: 'one row per id',
        fix: 'choose an id column with unique values, or remove the row',
      });
    }
    lines.set(id, line);
  }
  if (rows.length > 0 && valueColumns.length > 0) return { ...table, valueColumns, ids: [...lines.keys()] };
  throw new PodiumError({
    code: 'submission-sample',
    path: { file },
    expected: 'an id column, at least one column to fill, and one row per test image',
    got: rows.length === 0 ? 'no rows below the header' : `only the column ${JSON.stringify(idColumn)}`,
    fix: "download the competition's sample submission again, or choose another file",
  });
}
