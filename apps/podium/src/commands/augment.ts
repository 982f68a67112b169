import { Option } from '@commander-js/extra-typings';
import { exitCodes } from '../exit-codes.ts';
import { wholeNumber } from '../options.ts';
import type { AddCommand } from './context.ts';

const PRESETS = ['light', 'medium', 'heavy', 'eval'] as const;

export const addAugment: AddCommand = (program, context) => {
  const augment = program.command('augment').description('see what augmentation does to images');
  augment
    .command('preview')
    .description('write a contact sheet: one image as a pipeline would change it, many times over')
    .argument('<image>', 'the image')
    .option('--out <file>', 'PNG file to write', 'preview.png')
    .addOption(
      new Option('--preset <name>', 'a ready-made pipeline').choices(PRESETS).default('medium' as const),
    )
    .option('--pipeline <file>', 'JSON file with a pipeline of your own, instead of the preset')
    .option('--size <pixels>', 'side of the squares that a preset makes', wholeNumber, 224)
    .option('--rows <count>', 'rows of the sheet', wholeNumber, 4)
    .option('--columns <count>', 'columns of the sheet', wholeNumber, 6)
    .option('--seed <number>', 'what the changes are drawn from', wholeNumber, 1)
    .addHelpText(
      'after',
      `
A pipeline is a list of steps: ["horizontalFlip", { "rotate": { "degrees": 15 } }].

Exit codes:
  ${exitCodes.ok}  the sheet was written
  ${exitCodes.failed}  it failed, and the error says why

Examples:
  podium augment preview photo.jpg
  podium augment preview photo.jpg --preset heavy --out heavy.png
  podium augment preview photo.jpg --pipeline pipeline.json --rows 2`,
    )
    .action(async (image, options) => {
      const action = await import('../actions/augment-preview.ts');
      await action.augmentPreview(context, image, options);
    });
};
