import { compareRuns as compareRecordedRuns, findRun } from '@podium/competition';
import type { CommandContext } from '../commands/context.ts';
import { trustOf } from '../terminal/ask.ts';
import { describeComparison } from '../terminal/describe-run.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface Options {
  readonly submissions: string;
  readonly store?: string;
  readonly trust?: true;
  readonly json?: true;
}

/** `podium runs compare`. */
export async function compareRuns(
  context: CommandContext,
  before: string,
  after: string,
  { submissions, store, trust, json }: Options,
): Promise<void> {
  const { terminal } = context;
  const [a, b] = [await findRun(before, submissions), await findRun(after, submissions)];
  const comparison = await compareRecordedRuns(a, b, { store, trust: trustOf(context, trust) });
  if (json) printJson(terminal, comparison);
  else printLines(terminal, describeComparison(a, b, comparison));
}
