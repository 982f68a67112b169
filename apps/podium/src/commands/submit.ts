import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

export const addSubmit: AddCommand = (program, context) => {
  program
    .command('submit')
    .description('check a submission once more, and send it where told to')
    .argument('<run>', "the run's name, its .run.json, or its CSV")
    .option('--to <place>', 'kaggle: by the kaggle command, which has to be installed and logged in')
    .option('--competition <name>', "Kaggle's name of the competition; default: the settings'")
    .option('--message <text>', 'what to call it there; default: the run and its score')
    .option('--accept <rule...>', 'rules of the linter whose errors are known and accepted')
    .option('--submissions <folder>', 'where submissions are', 'submissions')
    .option('--store <folder>', 'where results are kept (default: .podium beside the settings)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The CSV is read as a grader reads it and measured against the sample submission and the last
submission. Podium neither sees nor stores your login.

Exit codes:
  ${exitCodes.ok}    it breaks no rule, and was sent where it was to be
  ${exitCodes.failed}    it could not be sent; the error says why
  ${exitCodes.problems}    the linter found errors; nothing was sent
  ${exitCodes.interrupted}  stopped by Ctrl-C

Examples:
  podium submit good-1a2b3c4d
  podium submit submissions/digits/good-1a2b3c4d.csv --to kaggle --competition digit-recognizer`,
    )
    .action(async (given, options) => {
      const { submit } = await import('../actions/submit.ts');
      await submit(context, given, options);
    });
};
