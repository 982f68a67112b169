import { helpText, INTERRUPTED } from '../help-text.ts';
import { JSON_OUTPUT, RUN, STORE, SUBMISSIONS, TRUST } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addSubmit: AddCommand = (program, context) => {
  program
    .command('submit')
    .description('check a submission again, and upload it with --to')
    .argument(...RUN)
    .option('--to <destination>', 'kaggle: with the kaggle command, installed and logged in')
    .option('--competition <name>', "Kaggle's name of the competition (default: that of the settings)")
    .option('--message <text>', 'message of the upload (default: the run and its score)')
    .option('--accept <rule...>', 'linter rules whose errors you accept')
    .option('--yes', 'upload without asking')
    .option(...SUBMISSIONS)
    .option(...STORE)
    .option(...TRUST)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
The CSV is read as a grader reads it, and compared with the sample submission and the previous
submission. What is sent, and to which competition, is printed and has to be confirmed; scripts say
--yes. Rules count as accepted by your settings or --accept, never by a record. Podium neither sees
nor stores your login.`,
        codes: {
          ok: 'no errors, and uploaded if --to is given',
          failed: 'the upload failed, or nobody confirmed it; the error says why',
          problems: 'the linter found errors; nothing was uploaded',
          interrupted: INTERRUPTED,
        },
        examples: [
          'podium submit good-1a2b3c4d',
          'podium submit submissions/digits/good-1a2b3c4d.csv --to kaggle --competition digit-recognizer',
          'podium submit good-1a2b3c4d --to kaggle --competition digit-recognizer --yes',
        ],
      }),
    )
    .action(async (run, options) => {
      const { submit } = await import('../actions/submit.ts');
      await submit(context, run, options);
    });
};
