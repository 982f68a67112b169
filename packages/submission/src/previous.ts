import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { readLedger } from './ledger.ts';
import { safeName } from './safe-name.ts';
import { readSubmissionTable, type SubmissionTable } from './table.ts';

/**
 * The submission before this one: the last run of the ledger, but for `run` itself, whose CSV is still there and can be
 * read with that id column; undefined where there is none.
 * @throws PodiumError `ledger-corrupt`
 */
export async function previousSubmission(
  folder: string,
  run: string,
  idColumn: string,
): Promise<SubmissionTable | undefined> {
  const rows = await readLedger(folder);
  for (const { run: name } of rows.toReversed()) {
    if (name === run) continue;
    try {
      const file = `${safeName(name, 'run')}.csv`;
      await access(join(folder, file));
      return await readSubmissionTable(join(folder, file), { name: file, idColumn });
    } catch (error) {
      // A run that people wrote down by hand, a CSV that was removed or is of another form: the one before may do.
      if (!(error instanceof PodiumError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}
