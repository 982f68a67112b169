import { listLedgers } from '@podium/submission';
import type { CommandContext } from '../commands/context.ts';
import { describeLedger } from '../terminal/describe-ledger.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

/** `podium runs list`. */
export async function listRuns(
  { terminal }: CommandContext,
  competition: string | undefined,
  { submissions, json }: { readonly submissions: string; readonly json?: true },
): Promise<void> {
  const ledgers = await listLedgers(submissions, competition);
  if (json) printJson(terminal, Object.fromEntries(ledgers));
  else
    printLines(
      terminal,
      ledgers.flatMap(([name, ledger]) => describeLedger(name, ledger)),
    );
}
