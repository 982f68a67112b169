import { Option } from '@commander-js/extra-typings';
import { FAILED, helpText } from '../help-text.ts';
import { parseWholeNumber } from '../option-parsers.ts';
import type { AddCommand } from './context.ts';

const PRESETS = ['light', 'medium', 'heavy', 'eval'] as const;

export const addAugment: AddCommand = (program, context) => {
  const augment = program.command('augment').description('preview augmentation');
  augment
    .command('preview')
    .description('write a contact sheet of one image, augmented many times')
    .argument('<image>', 'the image')
    .option('--out <file>', 'PNG file to write', 'preview.png')
    .addOption(new Option('--preset <name>', 'built-in pipeline').choices(PRESETS).default('medium' as const))
    .option('--pipeline <file>', 'JSON file with your own pipeline, instead of a preset')
    .option('--size <pixels>', 'output image size of a preset', parseWholeNumber, 224)
    .option('--rows <count>', 'rows of the sheet', parseWholeNumber, 4)
    .option('--columns <count>', 'columns of the sheet', parseWholeNumber, 6)
    .option('--seed <number>', 'random seed', parseWholeNumber, 1)
    .addHelpText(
      'after',
      helpText({
        notes: 'A pipeline is a list of steps: ["horizontalFlip", { "rotate": { "degrees": 15 } }].',
        codes: { ok: 'the sheet is written', failed: FAILED },
        examples: [
          'podium augment preview photo.jpg',
          'podium augment preview photo.jpg --preset heavy --out heavy.png',
          'podium augment preview photo.jpg --pipeline pipeline.json --rows 2',
        ],
      }),
    )
    .action(async (image, options) => {
      const { augmentPreview } = await import('../actions/augment-preview.ts');
      await augmentPreview(context, image, options);
    });
};
