import { helpText } from '../help-text.ts';
import { parseQuantity, parseWholeNumber } from '../option-parsers.ts';
import { JSON_OUTPUT } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addModels: AddCommand = (program, context) => {
  const models = program.command('models').description('list models, and show their layers and weights');
  models
    .command('list')
    .description(
      'list models by name, one per line, with their size and the license of their default weights',
    )
    .argument('[glob]', 'such as "resnet*" or "*_224"')
    .option('--pretrained', 'only models with published weights')
    .option('--family <name>', 'only models of this family, such as convnext')
    .option('--license <name>', 'only models with weights under this license, such as apache-2.0')
    .option(
      '--max-parameters <count>',
      'only models with at most so many parameters, such as 10M',
      parseQuantity,
    )
    .option(
      '--max-multiply-adds <count>',
      'only models that need at most so many per image, such as 1G',
      parseQuantity,
    )
    .option('--json', 'print one JSON list of names')
    .addHelpText(
      'after',
      helpText({
        notes: `
Names are timm's, or torchvision's if timm has no such model. Licenses are those that publishers state
for the default weights; the data they were trained on may add terms. No license: no published weights.
Multiply-adds are for one image at the model's own size; "podium models show" measures seconds.`,
        codes: { ok: 'printed', failed: 'nothing matches' },
        examples: [
          'podium models list',
          'podium models list "efficientnet*" --pretrained',
          'podium models list --family convnext --license apache-2.0',
          'podium models list --pretrained --max-parameters 10M --max-multiply-adds 1G',
        ],
      }),
    )
    .action(async (glob, options) => {
      const { printModels } = await import('../actions/models.ts');
      printModels(context, glob, options);
    });
  models
    .command('show')
    .description(
      "print a model's layers, sizes, multiply-adds, speed here, and published weights with their licenses",
    )
    .argument('<name>', 'name of the model')
    .option('--size <pixels>', "image size (default: the model's own)", parseWholeNumber)
    .option('--depth <levels>', 'levels of layers to print', parseWholeNumber, 2)
    .option('--no-measure', 'do not measure how fast it is on this machine, which takes seconds')
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: `
Layers follow from shapes. Speed is measured on random images with initial weights: nothing is downloaded.
Models of more than 100 G multiply-adds, or for which memory is short, are not measured.`,
        codes: { ok: 'printed', failed: 'unknown model, or it does not accept this image size' },
        examples: [
          'podium models show resnet50',
          'podium models show vit_base_patch16_224 --size 384 --depth 1 --no-measure',
        ],
      }),
    )
    .action(async (name, options) => {
      const { showModel } = await import('../actions/models.ts');
      await showModel(context, name, options);
    });
};
