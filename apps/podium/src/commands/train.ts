import { Option } from '@commander-js/extra-typings';
import { FAILED, helpText, INTERRUPTED } from '../help-text.ts';
import { ARTIFACTS, EXECUTOR, OVERRIDES, SETTINGS, SIGN, STORE, TRUST } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addTrain: AddCommand = (program, context) => {
  program
    .command('train')
    .description('train and score as the settings say, without a submission: needs no test images')
    .argument(...SETTINGS)
    .argument(...OVERRIDES)
    .option(...STORE)
    .addOption(new Option(...EXECUTOR).choices(['local', 'shared-folder']))
    .option(...ARTIFACTS)
    .option(...TRUST)
    .option(...SIGN)
    .option('--submissions <folder>', 'folder of the record (default: submissions beside the settings)')
    .option('--name <run>', 'name of the training (default: the preset and the first digits of its hash)')
    .option('--json', 'print one JSON object at the end')
    .addHelpText(
      'after',
      helpText({
        notes: `
"podium predict" and "podium runs" take its record, <run>.train.json. A later "podium run" reuses the
trained models. Ctrl-C stops cleanly; run the same command to resume.`,
        codes: { ok: 'trained and scored', failed: FAILED, interrupted: INTERRUPTED },
        examples: ['podium train', 'podium train masks train.imageSize=96 --name wider --json'],
      }),
    )
    .action(async (settings, overrides, options) => {
      context.markResumable();
      const { train } = await import('../actions/train.ts');
      await train(context, [settings, ...overrides], options);
    });
};
