import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PodiumError } from '@podium/core';
import { readSubmissionTable, type SubmissionTable } from '../csv/submission-table.ts';
import { safeName } from '../files/safe-name.ts';
import { readLedger } from './ledger.ts';

/**
 * Reads the submission before this one: the last other run of the ledger whose CSV still exists and has that id column.
 * Undefined if there is none.
 * @param sample whose format it has
 * @throws PodiumError `ledger-corrupt`
 */
export async function readPreviousSubmission(
  folder: string,
  run: string,
  { idColumn, reading }: Pick<SubmissionTable, 'idColumn' | 'reading'>,
): Promise<SubmissionTable | undefined> {
  const rows = await readLedger(folder);
  for (const { run: name } of rows.toReversed()) {
    if (name === run) continue;
    try {
      const file = `${safeName(name, 'run')}.csv`;
      await lstat(join(folder, file));
      const root = dirname(folder);
      return await readSubmissionTable(join(folder, file), { name: file, root, idColumn, reading });
    } catch (error) {
      // A run entered by hand, or a CSV that was deleted or has another format: try the one before.
      if (!(error instanceof PodiumError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}
