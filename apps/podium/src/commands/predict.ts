import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

export const addPredict: AddCommand = (program, context) => {
  program
    .command('predict')
    .description("what a run's trained models say of other images")
    .argument('<run>', "the run's name, its .run.json or .train.json, or its CSV")
    .argument('<images...>', 'a folder of images, or images')
    .requiredOption('--out <file>', 'the CSV to write: a row an image')
    .option('--probabilities', 'a column for the probability of each class too')
    .option('--force', 'overwrite the CSV where it is there')
    .option('--submissions <folder>', 'where submissions are', 'submissions')
    .option('--store <folder>', 'where results are kept (default: .podium beside the settings)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
All folds' and seeds' models answer, in the views that they were trained for, and are blended by what
the run fitted. Nothing is trained: what the store no longer has, "podium rebuild" makes again.

Exit codes:
  ${exitCodes.ok}    it is written
  ${exitCodes.failed}    it failed, and the error says why
  ${exitCodes.interrupted}  stopped by Ctrl-C

Examples:
  podium predict good-1a2b3c4d photos/ --out predictions.csv
  podium predict submissions/masks/good-1a2b3c4d.run.json a.jpg b.png --out two.csv --probabilities`,
    )
    .action(async (run, images, options) => {
      const { predict } = await import('../actions/predict.ts');
      await predict(context, run, images, options);
    });
};
