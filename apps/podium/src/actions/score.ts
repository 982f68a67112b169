import { findRun } from '@podium/competition';
import { PodiumError } from '@podium/core';
import { compareLedger, enterScore, readLedger } from '@podium/submission';
import type { CommandContext } from '../commands/context.ts';
import { describeRanked } from '../terminal/runs-report.ts';

interface ScoreOptions {
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
  { submissions, json, ...scores }: ScoreOptions,
): Promise<void> {
  if (Object.keys(scores).length === 0) {
    throw new PodiumError({
      code: 'ledger-score',
      message: 'there is nothing to enter',
      expected: ['--public', '--private', '--note'],
      fix: 'give at least one score: --public 0.75',
    });
  }
  const { base, run } = await findRun(name, submissions);
  const row = await enterScore(base, run, scores);
  if (json) {
    terminal.out(JSON.stringify(row, undefined, 2));
    return;
  }
  const { ranked } = compareLedger(await readLedger(base), { metric: row.metric });
  const own = ranked.find((item) => item.row.run === run);
  terminal.out(own === undefined ? `${run}: entered` : describeRanked(own));
}
