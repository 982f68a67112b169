import { didYouMean, PodiumError } from '@podium/core';
import { buildModel, licenseTerms, listModels, models } from '@podium/model-zoo';
import { summary } from '@podium/nn';
import type { CommandContext } from '../commands/context.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface ListOptions {
  readonly pretrained?: boolean;
  readonly family?: string;
  readonly license?: string;
  readonly json?: true;
}

/** `podium models list`. */
export function printModels(
  { terminal }: CommandContext,
  glob: string | undefined,
  { json, ...wanted }: ListOptions,
): void {
  const { family } = wanted;
  const names = listModels(glob, wanted);
  if (family !== undefined && !families().includes(family)) throw unknownFamily(family);
  if (names.length === 0) throw nothingMatches(glob, wanted);
  if (json) {
    terminal.printExactly(JSON.stringify(names));
    return;
  }
  const width = Math.max(0, ...names.map((name) => name.length));
  for (const name of names) {
    const { weights: all } = models.get(name);
    const weights = all.find(({ license }) => license === wanted.license) ?? all[0];
    terminal.print(weights === undefined ? name : `${name.padEnd(width)}  ${weights.license}`);
  }
}

function families(): string[] {
  return [...new Set([...models].map(({ family }) => family.name))].sort();
}

function unknownFamily(given: string): PodiumError {
  const near = didYouMean(given, families());
  return new PodiumError({
    code: 'models-family',
    message: `no family is called ${JSON.stringify(given)}`,
    expected: families(),
    fix: near === undefined ? 'name one of these' : `did you mean ${near}?`,
  });
}

function nothingMatches(glob = '*', { pretrained = false, family, license }: ListOptions): PodiumError {
  const message = `no model matches ${JSON.stringify(glob)}`;
  const filters = [
    ...(pretrained ? ['--pretrained'] : []),
    ...(family === undefined ? [] : ['--family']),
    ...(license === undefined ? [] : ['--license']),
  ].join(', ');
  if (filters !== '' && listModels(glob).length > 0) {
    return new PodiumError({
      code: 'models-none',
      message: `${message} with ${filters}`,
      fix: `leave out ${filters} to see those that match`,
    });
  }
  const near = didYouMean(glob, models.names());
  return new PodiumError({
    code: 'models-none',
    message,
    fix: `${near === undefined ? '' : `did you mean ${near}? `}In a glob, "*" stands for anything: podium models list "*net*"`,
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
    const terms = licenseTerms(license);
    const line = `${tag.padEnd(28)} ${head.padEnd(26)} ${license.padEnd(13)} ${source}${terms === undefined ? '' : ` (${terms})`}`;
    terminal.print(`${i === 0 ? 'Weights:   ' : '           '}${line}`);
  }
}
