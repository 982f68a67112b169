import { buildModel, type ImageModel, listModels, models } from '@podium/model-zoo';
import { summary } from '@podium/nn';
import type { CommandContext } from '../commands/context.ts';

/** `podium models list`. */
export function printModels(
  { terminal }: CommandContext,
  glob: string | undefined,
  { pretrained = false, json }: { readonly pretrained?: boolean; readonly json?: true },
): void {
  const names = listModels(glob, { pretrained });
  if (json) {
    terminal.out(JSON.stringify(names));
    return;
  }
  const width = Math.max(0, ...names.map((name) => name.length));
  for (const name of names) {
    const [weights] = models.get(name).weights;
    terminal.out(weights === undefined ? name : `${name.padEnd(width)}  ${weights.license}`);
  }
}

/** `podium models show`. */
export function showModel(
  { terminal }: CommandContext,
  name: string,
  { size, depth, json }: { readonly size?: number; readonly depth: number; readonly json?: true },
): void {
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
