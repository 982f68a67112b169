import { compareRuns as compareRecordedRuns, findRun } from '@podium/competition';
import type { CommandContext } from '../commands/context.ts';
import { describeComparison } from '../terminal/describe-run.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface Options {
  readonly submissions: string;
  readonly store?: string;
  readonly json?: true;
}

/** `podium runs compare`. */
export async function compareRuns(
  { terminal }: CommandContext,
  before: string,
  after: string,
  { submissions, store, json }: Options,
): Promise<void> {
  const [a, b] = [await findRun(before, submissions), await findRun(after, submissions)];
  const comparison = await compareRecordedRuns(a, b, store);
  if (json) printJson(terminal, comparison);
  else printLines(terminal, describeComparison(a, b, comparison));
}
