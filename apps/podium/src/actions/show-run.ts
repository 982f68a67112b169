import { findRun } from '@podium/competition';
import type { CommandContext } from '../commands/context.ts';
import { describeRun } from '../terminal/describe-run.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

/** `podium runs show`. */
export async function showRun(
  { terminal }: CommandContext,
  name: string,
  { submissions, json }: { readonly submissions: string; readonly json?: true },
): Promise<void> {
  const run = await findRun(name, submissions);
  if (json) printJson(terminal, run.submission ?? run.stages);
  else printLines(terminal, describeRun(run));
}
