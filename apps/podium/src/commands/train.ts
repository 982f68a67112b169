import { exitCodes } from '../exit-codes.ts';
import type { AddCommand } from './context.ts';

export const addTrain: AddCommand = (program, context) => {
  program
    .command('train')
    .description('train and score as the settings say, without a submission: for folders without test images')
    .argument('[settings]', 'podium.yaml, podium.config.ts, or the folder of one', '.')
    .option('--store <folder>', 'where results are kept (default: .podium beside the settings)')
    .option('--submissions <folder>', 'where the record goes (default: submissions beside the settings)')
    .option('--name <run>', 'what the training is called (default: the preset and the beginning of its key)')
    .option('--json', 'print one JSON object at the end')
    .addHelpText(
      'after',
      `
"podium run" afterwards trains nothing again. The record, <run>.train.json, is what "podium predict"
and "podium runs" take. Ctrl-C stops cleanly; the same command goes on where it stopped.

Exit codes:
  ${exitCodes.ok}    it is trained and scored
  ${exitCodes.failed}    it failed, and the error says why
  ${exitCodes.interrupted}  stopped by Ctrl-C

Examples:
  podium train
  podium train masks/podium.yaml --name wider --json`,
    )
    .action(async (settings, options) => {
      context.resumes();
      const { train } = await import('../actions/train.ts');
      await train(context, settings, options);
    });
};
