import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import type { SubmissionFormat } from '@podium/dataset';
import { readSubmissionTable, type SubmissionTable } from './table.ts';

/** A sample submission whose ids are all different: what every submission is measured against. */
export interface SampleSubmission extends SubmissionTable {
  /** All columns but the id's, in their order. */
  readonly valueColumns: readonly string[];
  readonly ids: readonly string[];
}

/**
 * Reads the sample submission of a competition.
 * @param root the competition's folder
 * @throws PodiumError `submission-sample` naming the line of an id that is empty or occurs twice, or where there are no
 * rows or no columns to fill; what reading a table throws
 */
export async function readSample(
  root: string,
  format: Pick<SubmissionFormat, 'path' | 'idColumn'>,
): Promise<SampleSubmission> {
  const table = await readSubmissionTable(join(root, format.path), {
    name: format.path,
    idColumn: format.idColumn,
  });
  return asSample(table);
}

function asSample(table: SubmissionTable): SampleSubmission {
  const { file, columns, idColumn, rows } = table;
  const valueColumns = columns.filter((name) => name !== idColumn);
  const lines = new Map<string, number>();
  for (const { id, line } of rows) {
    const before = lines.get(id);
    if (id === '' || before !== undefined) {
      throw new PodiumError({
        code: 'submission-sample',
        message:
          id === ''
            ? 'a row of the sample submission has no id'
            : `the id ${JSON.stringify(id)} has a row already, in line ${before}`,
        path: { file, line, column: idColumn },
        expected: 'one row an id',
        fix: 'name the column that tells rows apart as the id column, or drop the row',
      });
    }
    lines.set(id, line);
  }
  if (rows.length > 0 && valueColumns.length > 0) return { ...table, valueColumns, ids: [...lines.keys()] };
  throw new PodiumError({
    code: 'submission-sample',
    path: { file },
    expected: 'a column of ids, at least one column to fill, and a row for each test image',
    got: rows.length === 0 ? 'no row below the header' : `only the column ${JSON.stringify(idColumn)}`,
    fix: "download the competition's sample submission again, or name another file",
  });
}
