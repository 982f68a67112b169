import { exitCodes } from '../exit-codes.ts';
import { wholeNumber } from '../options.ts';
import type { AddCommand } from './context.ts';

export const addModels: AddCommand = (program, context) => {
  const models = program.command('models').description('list models, and show their layers and weights');
  models
    .command('list')
    .description('list models by name, one per line, with the license of their default weights')
    .argument('[glob]', 'such as "resnet*" or "*_224"')
    .option('--pretrained', 'only those with published weights')
    .option('--json', 'print one JSON list of names')
    .addHelpText(
      'after',
      `
Names are timm's, or torchvision's if timm has no such model. Licenses are those that publishers state for the default
weights; data that they were trained on may add terms. No license: no published weights.

Exit codes:
  ${exitCodes.ok}  always

Examples:
  podium models list
  podium models list "efficientnet*" --pretrained`,
    )
    .action(async (glob, options) => {
      const action = await import('../actions/models.ts');
      action.printModels(context, glob, options);
    });
  models
    .command('show')
    .description("print a model's layers, sizes, multiply-adds, and published weights with their licenses")
    .argument('<name>', 'name of the model')
    .option(
      '--size <pixels>',
      'side of the images; default: the size that the model is made for',
      wholeNumber,
    )
    .option('--depth <levels>', 'levels of layers to print', wholeNumber, 2)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Nothing is computed or downloaded: layers follow from shapes alone.

Exit codes:
  ${exitCodes.ok}  printed
  ${exitCodes.failed}  there is no such model, or it does not accept images of that size

Examples:
  podium models show resnet50
  podium models show vit_base_patch16_224 --size 384 --depth 1`,
    )
    .action(async (name, options) => {
      const action = await import('../actions/models.ts');
      action.showModel(context, name, options);
    });
};
