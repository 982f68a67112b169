import { findRun } from '@podium/competition';
import { PodiumError } from '@podium/core';
import { compareLedger, enterScore, readLedger } from '@podium/submission';
import type { CommandContext } from '../commands/context.ts';
import { describeRankedRun } from '../terminal/describe-ledger.ts';
import { printJson } from '../terminal/terminal.ts';

interface Options {
  readonly public?: number;
  readonly private?: number;
  readonly note?: string;
  readonly submissions: string;
  readonly json?: true;
}

/** `podium score`. */
export async function score(
  { terminal }: CommandContext,
  name: string,
  { submissions, json, ...scores }: Options,
): Promise<void> {
  if (Object.keys(scores).length === 0) {
    throw new PodiumError({
      code: 'ledger-score',
      message: 'no score is given',
      expected: ['--public', '--private', '--note'],
      fix: 'give at least one, such as --public 0.75',
    });
  }
  const { base, run } = await findRun(name, submissions);
  const row = await enterScore(base, run, scores);
  if (json) {
    printJson(terminal, row);
    return;
  }
  const { ranked } = compareLedger(await readLedger(base), { metric: row.metric });
  const rankedRun = ranked.find((item) => item.row.run === run);
  terminal.print(rankedRun === undefined ? `${run}: entered` : describeRankedRun(rankedRun));
}
