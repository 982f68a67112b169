import { listLedgers } from '@podium/submission';
import type { CommandContext } from '../commands/context.ts';
import { describeLedger } from '../terminal/runs-report.ts';

/** `podium runs list`. */
export async function listRuns(
  { terminal }: CommandContext,
  competition: string | undefined,
  { submissions, json }: { readonly submissions: string; readonly json?: true },
): Promise<void> {
  const ledgers = await listLedgers(submissions, competition);
  if (json) {
    terminal.out(JSON.stringify(Object.fromEntries(ledgers), undefined, 2));
    return;
  }
  for (const [name, ledger] of ledgers) {
    for (const line of describeLedger(name, ledger)) terminal.out(line);
  }
}
