import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PodiumError } from '@podium/core';
import { compareLedger, type LedgerComparison } from './compare-ledger.ts';
import { readLedger } from './ledger.ts';

/**
 * The ledgers below a folder of submissions, by competition.
 * @param competition default: all
 * @throws PodiumError `runs-none`; what `readLedger` throws
 */
export async function listLedgers(
  submissions: string,
  competition?: string,
): Promise<[competition: string, ledger: LedgerComparison][]> {
  const folders = (await readdir(submissions, { withFileTypes: true }).catch(() => []))
    .filter((item) => item.isDirectory())
    .map(({ name }) => name)
    .sort();
  const ledgers: [string, LedgerComparison][] = [];
  for (const name of folders) {
    if (competition !== undefined && name !== competition) continue;
    const rows = await readLedger(join(submissions, name));
    if (rows.length > 0) ledgers.push([name, compareLedger(rows)]);
  }
  if (ledgers.length > 0) return ledgers;
  throw new PodiumError({
    code: 'runs-none',
    path: { file: submissions },
    message: competition === undefined ? 'there are no runs here' : 'this competition has no runs here',
    ...(competition !== undefined && { expected: folders, got: JSON.stringify(competition) }),
    fix: 'go to the folder of podium.yaml, or name the folder: --submissions FOLDER; "podium run" makes runs',
  });
}
