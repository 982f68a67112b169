import { FAILED, helpText, INTERRUPTED } from '../help-text.ts';
import { FETCH, JSON_OUTPUT, RUN_OR_TRAINING, STORE, SUBMISSIONS, TRUST } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addPredict: AddCommand = (program, context) => {
  program
    .command('predict')
    .description("predict other images with a run's trained models")
    .argument(...RUN_OR_TRAINING)
    .argument('<images...>', 'image files, or a folder of images')
    .requiredOption('--out <file>', 'CSV to write, with one row per image')
    .option('--probabilities', 'also write one column per class with its probability')
    .option('--force', 'overwrite an existing CSV')
    .option(...SUBMISSIONS)
    .option(...STORE)
    .option(...TRUST)
    .option(...FETCH)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
The models of all folds and seeds predict with the run's views, and are blended with the run's fitted
weights. Nothing is trained: if the store lacks a result, run "podium rebuild RECORD --stored" first. Cells
that a spreadsheet would run as formulas begin with an apostrophe.`,
        codes: { ok: 'the CSV is written', failed: FAILED, interrupted: INTERRUPTED },
        examples: [
          'podium predict good-1a2b3c4d photos/ --out predictions.csv',
          'podium predict submissions/masks/good-1a2b3c4d.run.json a.jpg b.png --out two.csv --probabilities',
        ],
      }),
    )
    .action(async (run, images, options) => {
      const { predict } = await import('../actions/predict.ts');
      await predict(context, run, images, options);
    });
};
