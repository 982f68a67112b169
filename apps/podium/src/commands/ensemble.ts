import { PodiumError } from '@podium/core';
import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

export const addEnsemble: AddCommand = (program, context) => {
  program
    .command('ensemble')
    .description('blend what several runs predicted, and say what that is worth')
    .argument('[runs...]', 'names of runs, or their .run.json or .train.json')
    .option('--method <name>', 'how to blend', 'mean')
    .option('--options <file>', "JSON file with the method's options")
    .option('--methods', 'only list the methods')
    .option('--out <run>', 'write a submission of this name')
    .option('--recompute', 'let what the store no longer has be made again')
    .option('--submissions <folder>', 'where submissions are', 'submissions')
    .option('--store <folder>', 'where results are kept (default: .podium beside the settings)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Methods are fitted inside folds: the nested score is of rows that the weights have not seen, and the
optimism is how much better the usual score would look. A submission has a record as every run has:
"podium rebuild" makes it again.

Exit codes:
  ${exitCodes.ok}    it is blended
  ${exitCodes.failed}    it failed, and the error says why
  ${exitCodes.problems}    the linter found errors; the submission is kept aside
  ${exitCodes.interrupted}  stopped by Ctrl-C

Examples:
  podium ensemble --methods
  podium ensemble good-1a2b3c4d best-5e6f7a8b --method selection
  podium ensemble good-1a2b3c4d best-5e6f7a8b --method stacking --out stacked`,
    )
    .action(async (runs, options) => {
      const { ensemble, listMethods } = await import('../actions/ensemble.ts');
      if (options.methods) return listMethods(context, options.json ?? false);
      if (runs.length === 0) {
        throw new PodiumError({
          code: 'ensemble-runs',
          message: 'which runs?',
          expected: 'at least one run',
          got: 'none',
          fix: '"podium runs list" shows them',
        });
      }
      context.resumes();
      await ensemble(context, runs, options);
    });
};
