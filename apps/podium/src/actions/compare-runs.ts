import { compareRuns, findRun } from '@podium/competition';
import type { CommandContext } from '../commands/context.ts';
import { describeComparison } from '../terminal/describe-run.ts';

/** `podium runs compare`. */
export async function compare(
  { terminal }: CommandContext,
  before: string,
  now: string,
  {
    submissions,
    store,
    json,
  }: { readonly submissions: string; readonly store?: string; readonly json?: true },
): Promise<void> {
  const [a, b] = [await findRun(before, submissions), await findRun(now, submissions)];
  const comparison = await compareRuns(a, b, store);
  if (json) terminal.out(JSON.stringify(comparison, undefined, 2));
  else for (const line of describeComparison(a, b, comparison)) terminal.out(line);
}
