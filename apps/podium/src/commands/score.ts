import { exitCodes } from '../exit-codes.ts';
import { finiteNumber } from '../options.ts';
import type { AddCommand } from './context.ts';

export const addScore: AddCommand = (program, context) => {
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
    .action(async (run, options) => {
      const action = await import('../actions/score.ts');
      await action.score(context, run, options);
    });
};
