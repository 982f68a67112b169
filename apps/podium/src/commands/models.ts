import { helpText } from '../help-text.ts';
import { parseWholeNumber } from '../option-parsers.ts';
import { JSON_OUTPUT } from '../shared-options.ts';
import type { AddCommand } from './context.ts';

export const addModels: AddCommand = (program, context) => {
  const models = program.command('models').description('list models, and show their layers and weights');
  models
    .command('list')
    .description('list models by name, one per line, with the license of their default weights')
    .argument('[glob]', 'such as "resnet*" or "*_224"')
    .option('--pretrained', 'only models with published weights')
    .option('--family <name>', 'only models of this family, such as convnext')
    .option('--license <name>', 'only models with weights under this license, such as apache-2.0')
    .option('--json', 'print one JSON list of names')
    .addHelpText(
      'after',
      helpText({
        notes: `
Names are timm's, or torchvision's if timm has no such model. Licenses are those that publishers state
for the default weights; the data they were trained on may add terms. No license: no published weights.`,
        codes: { ok: 'printed', failed: 'nothing matches' },
        examples: [
          'podium models list',
          'podium models list "efficientnet*" --pretrained',
          'podium models list --family convnext --license apache-2.0',
        ],
      }),
    )
    .action(async (glob, options) => {
      const { printModels } = await import('../actions/models.ts');
      printModels(context, glob, options);
    });
  models
    .command('show')
    .description("print a model's layers, sizes, multiply-adds, and published weights with their licenses")
    .argument('<name>', 'name of the model')
    .option('--size <pixels>', "image size (default: the model's own)", parseWholeNumber)
    .option('--depth <levels>', 'levels of layers to print', parseWholeNumber, 2)
    .option(...JSON_OUTPUT)
    .addHelpText(
      'after',
      helpText({
        notes: 'Layers follow from shapes: nothing is computed or downloaded.',
        codes: { ok: 'printed', failed: 'unknown model, or it does not accept this image size' },
        examples: [
          'podium models show resnet50',
          'podium models show vit_base_patch16_224 --size 384 --depth 1',
        ],
      }),
    )
    .action(async (name, options) => {
      const { showModel } = await import('../actions/models.ts');
      showModel(context, name, options);
    });
};
