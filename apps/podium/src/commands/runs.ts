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
    .action(async (competition, { submissions, json }) => {
      const { listLedgers } = await import('@podium/submission');
      const { describeLedger } = await import('../terminal/runs-report.ts');
      const ledgers = await listLedgers(submissions, competition);
      if (json) context.terminal.out(JSON.stringify(Object.fromEntries(ledgers), undefined, 2));
      else
        for (const [name, ledger] of ledgers)
          for (const line of describeLedger(name, ledger)) context.terminal.out(line);
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
    .action(async (given, { submissions, json }) => {
      const { findRun } = await import('@podium/competition');
      const { describeRun } = await import('../terminal/describe-run.ts');
      const run = await findRun(given, submissions);
      if (json) context.terminal.out(JSON.stringify(run.submission ?? run.stages, undefined, 2));
      else for (const line of describeRun(run)) context.terminal.out(line);
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
    .action(async (before, now, { submissions, store, json }) => {
      const { findRun } = await import('@podium/competition');
      const { compareRuns } = await import('@podium/competition');
      const { describeComparison } = await import('../terminal/describe-run.ts');
      const [a, b] = [await findRun(before, submissions), await findRun(now, submissions)];
      const comparison = await compareRuns(a, b, store);
      if (json) context.terminal.out(JSON.stringify(comparison, undefined, 2));
      else for (const line of describeComparison(a, b, comparison)) context.terminal.out(line);
    });
};
