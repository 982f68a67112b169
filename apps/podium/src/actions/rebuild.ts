import { rebuildSubmission } from '@podium/competition';
import type { CommandContext } from '../commands/context.ts';
import { exitCodes } from '../exit-codes.ts';
import { competitionReporter } from '../terminal/competition-reporter.ts';

interface Options {
  readonly anyway?: true;
  readonly store?: string;
  readonly json?: true;
}

/** `podium rebuild`. */
export async function rebuild(
  { terminal, signal, exitWith }: CommandContext,
  file: string,
  { json, ...options }: Options,
): Promise<void> {
  const onEvent = competitionReporter(terminal);
  const { verdict, stored, record } = await rebuildSubmission(file, { ...options, signal, onEvent });
  const { same, expected, sha256, changes } = verdict;
  if (json) terminal.out(JSON.stringify({ ...verdict, stored }, undefined, 2));
  else if (same)
    terminal.out(`The same bytes: ${record.submission.rows} rows, SHA-256 ${sha256.slice(0, 12)}`);
  else {
    terminal.out(`Different bytes: expected ${expected.slice(0, 12)}, got ${sha256.slice(0, 12)}`);
    for (const change of changes) terminal.out(`  ${change}`);
  }
  if (!same) exitWith(exitCodes.problems);
}
