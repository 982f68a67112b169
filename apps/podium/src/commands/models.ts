import type { ImageModel } from '@podium/model-zoo';
import { exitCodes } from '../exit-codes.ts';
import { wholeNumber } from '../options.ts';
import type { AddCommand, CommandContext } from './context.ts';

export const addModels: AddCommand = (program, context) => {
  const models = program.command('models').description('what there is to train, and with which weights');
  models
    .command('list')
    .description('list models, one a line, by names that match a glob')
    .argument('[glob]', 'such as "resnet*" or "*_224"')
    .option('--pretrained', 'only those with published weights')
    .option('--json', 'print one JSON list')
    .addHelpText(
      'after',
      `
Names are timm's; torchvision's where timm has no such model.

Exit codes:
  ${exitCodes.ok}  always

Examples:
  podium models list
  podium models list "efficientnet*" --pretrained`,
    )
    .action(async (glob, { pretrained, json }) => {
      const { listModels } = await import('@podium/model-zoo');
      const names = listModels(glob, { pretrained: pretrained ?? false });
      if (json) context.terminal.out(JSON.stringify(names));
      else for (const name of names) context.terminal.out(name);
    });
  models
    .command('show')
    .description("print a model's layers, sizes, multiply-adds and published weights")
    .argument('<name>', 'its name')
    .option('--size <pixels>', 'side of the images; default: the size that it is made for', wholeNumber)
    .option('--depth <levels>', 'how deep to print', wholeNumber, 2)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Nothing is computed or downloaded: layers are worked out from shapes alone.

Exit codes:
  ${exitCodes.ok}  it was printed
  ${exitCodes.failed}  there is no such model, or it does not take images of that size

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
  const { buildModel, models, pretrainedWeights } = await import('@podium/model-zoo');
  const { summary } = await import('@podium/nn');
  const side = size ?? models.get(name).imageSize;
  const model: ImageModel = buildModel(name, { imageSize: [side, side] });
  const table = summary(model, [1, side, side, 3]);
  const weights = pretrainedWeights(name);
  if (json) {
    const { parameters, multiplyAdds, activationBytes } = table;
    const { numFeatures, featureInfo } = model;
    terminal.out(
      JSON.stringify(
        {
          name,
          imageSize: side,
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
  for (const [i, { tag, source, classes, input }] of weights.entries()) {
    const what = `${classes} classes, ${input.imageSize[0]} pixels`;
    terminal.out(`${i === 0 ? 'Weights:   ' : '           '}${tag.padEnd(28)} ${what.padEnd(26)} ${source}`);
  }
}
