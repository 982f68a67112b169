import { didYouMean, PodiumError } from '@podium/core';
import { buildModel, listModels, models } from '@podium/model-zoo';
import { summary } from '@podium/nn';
import type { CommandContext } from '../commands/context.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

/** `podium models list`. */
export function printModels(
  { terminal }: CommandContext,
  glob: string | undefined,
  { pretrained = false, json }: { readonly pretrained?: boolean; readonly json?: true },
): void {
  const names = listModels(glob, { pretrained });
  if (names.length === 0) throw nothingMatches(glob, pretrained);
  if (json) {
    terminal.printExactly(JSON.stringify(names));
    return;
  }
  const width = Math.max(0, ...names.map((name) => name.length));
  for (const name of names) {
    const [weights] = models.get(name).weights;
    terminal.print(weights === undefined ? name : `${name.padEnd(width)}  ${weights.license}`);
  }
}

function nothingMatches(glob = '*', pretrained: boolean): PodiumError {
  const isUnpublished = pretrained && listModels(glob).length > 0;
  const near = didYouMean(glob, models.names());
  return new PodiumError({
    code: 'models-none',
    message: isUnpublished
      ? `the models that match ${JSON.stringify(glob)} have no published weights`
      : `no model matches ${JSON.stringify(glob)}`,
    fix: isUnpublished
      ? 'leave --pretrained out to see them'
      : `${near === undefined ? '' : `did you mean ${near}? `}In a glob, "*" stands for anything: podium models list "*net*"`,
  });
}

/** `podium models show`. */
export function showModel(
  { terminal }: CommandContext,
  given: string,
  { size, depth, json }: { readonly size?: number; readonly depth: number; readonly json?: true },
): void {
  // timm's names may have the tag of their weights: resnet50.a1_in1k.
  const [untagged = given] = given.split('.');
  const name = models.has(untagged) ? untagged : given;
  const { imageSize: defaultSize, inputRule, weights } = models.get(name);
  const imageSize = size ?? defaultSize;
  const model = buildModel(name, { imageSize: [imageSize, imageSize] });
  const table = summary(model, [1, imageSize, imageSize, 3]);
  if (json) {
    const { parameters, multiplyAdds, activationBytes } = table;
    const { numFeatures, featureInfo } = model;
    printJson(terminal, {
      name,
      imageSize,
      inputRule,
      parameters,
      multiplyAdds,
      activationBytes,
      numFeatures,
      featureInfo,
      weights,
    });
    return;
  }
  printLines(terminal, [...table.toString(depth).split('\n'), '']);
  if (weights.length === 0) terminal.print('No published weights.');
  for (const [i, { tag, source, classes, input, license }] of weights.entries()) {
    const head = `${classes} classes, ${input.imageSize[0]} pixels`;
    const line = `${tag.padEnd(28)} ${head.padEnd(26)} ${license.padEnd(13)} ${source}`;
    terminal.print(`${i === 0 ? 'Weights:   ' : '           '}${line}`);
  }
}
