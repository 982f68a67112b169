import { PodiumError } from '@podium/core';
import { FAILED, helpText, INTERRUPTED, NOT_PUBLISHED } from '../help-text.ts';
import { FETCH, JSON_OUTPUT, STORE, SUBMISSIONS, TRUST } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addEnsemble: AddCommand = (program, context) => {
  program
    .command('ensemble')
    .description('blend the predictions of several runs and score the blend')
    .argument('[runs...]', 'names of runs, or their .run.json or .train.json')
    .option('--method <name>', 'how to blend', 'mean')
    .option('--options <file>', "JSON file with the method's options")
    .option('--methods', 'only list the methods')
    .option('--out <run>', 'write a submission with this name')
    .option('--recompute', 'recompute results that the store no longer has')
    .option(...SUBMISSIONS)
    .option(...STORE)
    .option(...TRUST)
    .option(...FETCH)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
Methods are fitted in nested folds: the nested score uses only rows that the weights were not fitted
on, and the optimism is how much better the score of the fitted rows looks. The submission has a
record like that of any run: "podium rebuild" recomputes it.`,
        codes: {
          ok: 'the blend is scored, and written with --out',
          failed: FAILED,
          problems: NOT_PUBLISHED,
          interrupted: INTERRUPTED,
        },
        examples: [
          'podium ensemble --methods',
          'podium ensemble good-1a2b3c4d best-5e6f7a8b --method selection',
          'podium ensemble good-1a2b3c4d best-5e6f7a8b --method stacking --out stacked',
        ],
      }),
    )
    .action(async (runs, options) => {
      const { ensemble, listMethods } = await import('../actions/ensemble.ts');
      if (options.methods) return listMethods(context, options.json ?? false);
      if (runs.length === 0) {
        throw new PodiumError({
          code: 'ensemble-runs',
          message: 'no runs are named',
          expected: 'at least one run',
          got: 'none',
          fix: '"podium runs list" lists them',
        });
      }
      context.markResumable();
      await ensemble(context, runs, options);
    });
};
