import { PodiumError } from '@podium/core';
import { exitCodes } from '../exit-codes.ts';
import { finiteNumber } from '../options.ts';
import type { AddCommand } from './context.ts';

export const addScore: AddCommand = (program, { terminal }) => {
  program
    .command('score')
    .description('enter what the leaderboard said of a run into the ledger')
    .argument('<run>', "the run's name, its .run.json, or its CSV")
    .option('--public <score>', 'score on the public leaderboard', finiteNumber)
    .option('--private <score>', 'score on the private leaderboard', finiteNumber)
    .option('--note <text>', 'anything worth remembering')
    .option('--submissions <folder>', 'where submissions are', 'submissions')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
What is left out stays as it is. The ledger is submissions/<competition>/ledger.csv.

Exit codes:
  ${exitCodes.ok}  it is entered
  ${exitCodes.failed}  there is no such run, or the ledger cannot be used; the error says why

Examples:
  podium score good-1a2b3c4d --public 0.7512
  podium score submissions/masks/good-1a2b3c4d.csv --private 0.7433 --note "larger images"`,
    )
    .action(async (given, { public: open, private: hidden, note, submissions, json }) => {
      if (open === undefined && hidden === undefined && note === undefined) {
        throw new PodiumError({
          code: 'ledger-score',
          message: 'there is nothing to enter',
          expected: ['--public', '--private', '--note'],
          fix: 'give at least one score: --public 0.75',
        });
      }
      const { findRun } = await import('@podium/competition');
      const { compareLedger, enterScore, readLedger } = await import('@podium/submission');
      const { base, run } = await findRun(given, submissions);
      const row = await enterScore(base, run, {
        public: open,
        private: hidden,
        note,
      });
      if (json) {
        terminal.out(JSON.stringify(row, undefined, 2));
        return;
      }
      const { describeRanked } = await import('../terminal/runs-report.ts');
      const options = row.metric === undefined ? {} : { metric: row.metric };
      const { ranked } = compareLedger(await readLedger(base), options);
      const own = ranked.find((item) => item.row.run === run);
      terminal.out(own === undefined ? `${run}: entered` : describeRanked(own));
    });
};
