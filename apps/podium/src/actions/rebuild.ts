import { rebuildSubmission } from '@podium/competition';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface Options {
  readonly anyway?: true;
  readonly store?: string;
  readonly json?: true;
}

/** `podium rebuild`. */
export async function rebuild(
  { terminal, signal, setExitCode }: CommandContext,
  recordFile: string,
  { json, ...options }: Options,
): Promise<void> {
  const onEvent = competitionReporter(terminal);
  const { verdict, stored, record } = await rebuildSubmission(recordFile, { ...options, signal, onEvent });
  const { same, expected, sha256, changes } = verdict;
  if (json) printJson(terminal, { ...verdict, stored });
  else if (same)
    terminal.print(`The same bytes: ${record.submission.rows} rows, SHA-256 ${sha256.slice(0, 12)}`);
  else
    printLines(terminal, [
      `Different bytes: expected ${expected.slice(0, 12)}, got ${sha256.slice(0, 12)}`,
      ...changes.map((change) => `  ${change}`),
    ]);
  if (!same) setExitCode(exitCodes.problems);
}
