import { helpText } from '../help-text.ts';
import { parseFiniteNumber } from '../option-parsers.ts';
import { JSON_OUTPUT, RUN, SUBMISSIONS } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addScore: AddCommand = (program, context) => {
  program
    .command('score')
    .description("enter a run's leaderboard scores into the ledger")
    .argument(...RUN)
    .option('--public <score>', 'score on the public leaderboard', parseFiniteNumber)
    .option('--private <score>', 'score on the private leaderboard', parseFiniteNumber)
    .option('--note <text>', 'anything worth remembering')
    .option(...SUBMISSIONS)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: 'Only the given values change. The ledger is submissions/<competition>/ledger.csv.',
        codes: {
          ok: 'the scores are entered',
          failed: 'unknown run, or the ledger cannot be used; the error says why',
        },
        examples: [
          'podium score good-1a2b3c4d --public 0.7512',
          'podium score submissions/masks/good-1a2b3c4d.csv --private 0.7433 --note "larger images"',
        ],
      }),
    )
    .action(async (run, options) => {
      const action = await import('../actions/score.ts');
      await action.score(context, run, options);
    });
};
