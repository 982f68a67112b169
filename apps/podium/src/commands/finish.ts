import { helpText, SUBMISSION_CODES } from '../help-text.ts';
import { NEW_SUBMISSIONS, OVERRIDES, RUN_NAME, SETTINGS, SIGN, STORE, TRUST } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addFinish: AddCommand = (program, context) => {
  program
    .command('finish')
    .description('end a race that was stopped with a submission of what is there')
    .argument(...SETTINGS)
    .argument(...OVERRIDES)
    .option(...STORE)
    .option(...TRUST)
    .option(...SIGN)
    .option(...NEW_SUBMISSIONS)
    .option(...RUN_NAME)
    .option('--json', 'print one JSON object at the end')
    .addHelpText(
      'after',
      helpText({
        notes: `
After Ctrl-C, any time after the first trials: folds that are trained are blended with the probes and
submitted, and nothing more is trained. "podium run" resumes the race instead, also afterwards. Give the same
overrides as to the run.`,
        codes: SUBMISSION_CODES,
        examples: ['podium finish', 'podium finish masks', 'podium finish "timeLimit=4 h" --name short'],
      }),
    )
    .action(async (settings, overrides, options) => {
      context.markResumable();
      const { run } = await import('../actions/run.ts');
      await run(context, [settings, ...overrides], { ...options, finish: true });
    });
};
