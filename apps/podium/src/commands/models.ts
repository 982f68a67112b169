import type { ImageModel } from '@podium/model-zoo';
import { exitCodes } from '../exit-codes.ts';
import { wholeNumber } from '../options.ts';
import type { AddCommand, CommandContext } from './context.ts';

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
    .action(async (glob, { pretrained, json }) => {
      const { listModels, models: zoo } = await import('@podium/model-zoo');
      const names = listModels(glob, { pretrained: pretrained ?? false });
      if (json) {
        context.terminal.out(JSON.stringify(names));
        return;
      }
      const width = Math.max(0, ...names.map((name) => name.length));
      for (const name of names) {
        const [weights] = zoo.get(name).weights;
        context.terminal.out(weights === undefined ? name : `${name.padEnd(width)}  ${weights.license}`);
      }
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
    .action(async (name, options) => await show(context, name, options));
};

async function show(
  { terminal }: CommandContext,
  name: string,
  {
    size,
    depth,
    json,
  }: { readonly size?: number | undefined; readonly depth: number; readonly json?: true | undefined },
): Promise<void> {
  const { buildModel, models } = await import('@podium/model-zoo');
  const { summary } = await import('@podium/nn');
  const { imageSize, inputRule, weights } = models.get(name);
  const side = size ?? imageSize;
  const model: ImageModel = buildModel(name, { imageSize: [side, side] });
  const table = summary(model, [1, side, side, 3]);
  if (json) {
    const { parameters, multiplyAdds, activationBytes } = table;
    const { numFeatures, featureInfo } = model;
    terminal.out(
      JSON.stringify(
        {
          name,
          imageSize: side,
          inputRule,
          parameters,
          multiplyAdds,
          activationBytes,
          numFeatures,
          featureInfo,
          weights,
        },
        undefined,
        2,
      ),
    );
    return;
  }
  terminal.out(table.toString(depth));
  terminal.out('');
  if (weights.length === 0) terminal.out('No published weights are known.');
  for (const [i, { tag, source, classes, input, license }] of weights.entries()) {
    const what = `${classes} classes, ${input.imageSize[0]} pixels`;
    const line = `${tag.padEnd(28)} ${what.padEnd(26)} ${license.padEnd(13)} ${source}`;
    terminal.out(`${i === 0 ? 'Weights:   ' : '           '}${line}`);
  }
}
