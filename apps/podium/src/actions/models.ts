import { freemem } from 'node:os';
import { didYouMean, PodiumError } from '@podium/core';
import { loadEngine } from '@podium/engine';
import {
  buildModel,
  type ImageModel,
  licenseTerms,
  listModels,
  type ModelFilter,
  measureSpeed,
  models,
  type Speed,
} from '@podium/model-zoo';
import { type Summary, summary } from '@podium/nn';
import type { CommandContext } from '../commands/context.ts';
import { formatTable } from '../terminal/format.ts';
import { printJson, printLines } from '../terminal/terminal.ts';

interface ListOptions extends ModelFilter {
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
    const { weights: all, parameters, multiplyAdds } = models.get(name);
    const weights = all.find(({ license }) => license === wanted.license) ?? all[0];
    const size = `${short(parameters)}  ${short(multiplyAdds())}`;
    terminal.print(`${name.padEnd(width)}  ${size}  ${weights?.license ?? ''}`.trimEnd());
  }
}

/** `25557032` -> ` 25.6M` */
function short(count: number): string {
  const [unit, size] = count >= 1e9 ? ['G', 1e9] : ['M', 1e6];
  return `${(count / size).toFixed(1)}${unit}`.padStart(6);
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

function nothingMatches(
  glob = '*',
  { pretrained = false, family, license, maxParameters, maxMultiplyAdds }: ListOptions,
): PodiumError {
  const message = `no model matches ${JSON.stringify(glob)}`;
  const filters = [
    ...(pretrained ? ['--pretrained'] : []),
    ...(family === undefined ? [] : ['--family']),
    ...(license === undefined ? [] : ['--license']),
    ...(maxParameters === undefined ? [] : ['--max-parameters']),
    ...(maxMultiplyAdds === undefined ? [] : ['--max-multiply-adds']),
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

interface ShowOptions {
  readonly size?: number;
  readonly depth: number;
  readonly measure: boolean;
  readonly json?: true;
}

/** `podium models show`. */
export async function showModel(
  { terminal }: CommandContext,
  given: string,
  { size, depth, measure, json }: ShowOptions,
): Promise<void> {
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
    const speed = measure ? await speedHere(model, table, imageSize) : undefined;
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
      ...(typeof speed === 'object' ? { speed } : {}),
    });
    return;
  }
  printLines(terminal, [...table.toString(depth).split('\n'), '']);
  const { fixed, multipleOf } = inputRule;
  const takes = fixed
    ? 'only this size, or built for another'
    : `any size${multipleOf > 1 ? ` that ${multipleOf} divides` : ''}`;
  const rows: [string, string][] = [['Input:', `${imageSize}x${imageSize}x3; takes ${takes}`]];
  for (const [i, { tag, source, classes, input, license }] of weights.entries()) {
    const terms = licenseTerms(license);
    const of = `${classes} classes, ${input.imageSize[0]} pixels`.padEnd(26);
    const line = `${tag.padEnd(28)} ${of} ${license.padEnd(13)} ${source}${terms === undefined ? '' : ` (${terms})`}`;
    rows.push([i === 0 ? 'Weights:' : '', line]);
  }
  if (weights.length === 0) rows.push(['Weights:', 'none published']);
  printLines(terminal, formatTable(rows, LABEL_WIDTH));
  if (!measure) return;
  const speed = await speedHere(model, table, imageSize);
  printLines(
    terminal,
    formatTable([['Speed:', typeof speed === 'string' ? speed : describeSpeed(speed)]], LABEL_WIDTH),
  );
}

const LABEL_WIDTH = 10;

interface SpeedHere extends Speed {
  readonly backend: string;
  readonly precision: string;
  readonly threads: number;
}

/** Multiply-adds beyond which measuring would take minutes on a laptop. */
const MOST = 100e9;

/** What the model takes on this machine, or why that is not measured. */
async function speedHere(
  model: ImageModel,
  { parameters, multiplyAdds, activationBytes }: Summary,
  imageSize: number,
): Promise<SpeedHere | string> {
  if (multiplyAdds > MOST) return 'not measured: it would take minutes on a CPU';
  // Weights, and their copy in the inference form; of a batch, the largest outputs are there at once, never all of them.
  const bytes = 4 * 2 * parameters + 2 * activationBytes;
  if (bytes > freemem()) return `not measured: it needs some ${Math.ceil(bytes / 1e9)} GB of free memory`;
  const { backend, precision, threads } = await loadEngine({ precision: 'auto' });
  return { ...measureSpeed(model, imageSize), backend, precision, threads };
}

function describeSpeed({ secondsPerImage, batchSize, backend, precision, threads }: SpeedHere): string {
  const milliseconds = (1000 * secondsPerImage).toPrecision(3);
  const cores = threads === 1 ? '1 thread' : `${threads} threads`;
  return `${milliseconds} ms an image here (prediction in batches of ${batchSize}, ${precision}, ${cores}, ${backend})`;
}
