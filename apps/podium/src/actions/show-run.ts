import { findRun } from '@podium/competition';
import type { CommandContext } from '../commands/context.ts';
import { describeRun } from '../terminal/describe-run.ts';

/** `podium runs show`. */
export async function showRun(
  { terminal }: CommandContext,
  name: string,
  { submissions, json }: { readonly submissions: string; readonly json?: true },
): Promise<void> {
  const run = await findRun(name, submissions);
  if (json) terminal.out(JSON.stringify(run.submission ?? run.stages, undefined, 2));
  else for (const line of describeRun(run)) terminal.out(line);
}
