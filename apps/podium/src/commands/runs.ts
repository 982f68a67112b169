import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

const SUBMISSIONS = 'where submissions are';

export const addRuns: AddCommand = (program, context) => {
  const runs = program.command('runs').description('runs that were written down: list, show, compare');
  runs
    .command('list')
    .description('list the runs of each competition, the best by cross-validation first')
    .argument('[competition]', 'only this one')
    .option('--submissions <folder>', SUBMISSIONS, 'submissions')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Two runs are within noise where the interval of their difference holds 0: the data does not tell them
apart. "podium runs compare" is sharper, since it pairs the predictions of the same images.

Exit codes:
  ${exitCodes.ok}  they were printed
  ${exitCodes.failed}  there are none, or a ledger cannot be read

Examples:
  podium runs list
  podium runs list masks --json`,
    )
    .action(async (competition, options) => {
      const action = await import('../actions/list-runs.ts');
      await action.listRuns(context, competition, options);
    });
  runs
    .command('show')
    .description('print what a run was made from and what came of it')
    .argument('<run>', "the run's name, its .run.json or .train.json, or its CSV")
    .option('--submissions <folder>', SUBMISSIONS, 'submissions')
    .option('--json', 'print the whole record')
    .addHelpText(
      'after',
      `
Exit codes:
  ${exitCodes.ok}  it was printed
  ${exitCodes.failed}  there is no such run, or its record was changed

Examples:
  podium runs show good-1a2b3c4d`,
    )
    .action(async (run, options) => {
      const action = await import('../actions/show-run.ts');
      await action.showRun(context, run, options);
    });
  runs
    .command('compare')
    .description('say in what two runs differ, and whether their scores do')
    .argument('<before>', "a run's name, its .run.json or .train.json, or its CSV")
    .argument('<now>', 'another one')
    .option('--submissions <folder>', SUBMISSIONS, 'submissions')
    .option('--store <folder>', 'where both kept their results (default: .podium beside the settings)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Scores are compared on the same out-of-fold images, over the same resamples, where the store still has
both runs' predictions; what both find hard cancels out.

Exit codes:
  ${exitCodes.ok}  they were compared
  ${exitCodes.failed}  there is no such run, or its record was changed

Examples:
  podium runs compare fast-bff8f44f good-1a2b3c4d`,
    )
    .action(async (before, now, options) => {
      const action = await import('../actions/compare-runs.ts');
      await action.compare(context, before, now, options);
    });
};
