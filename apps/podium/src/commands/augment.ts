import { basename, dirname, resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { writeFileAtomic } from '@podium/core';
import { exitCodes } from '../exit-codes.ts';
import { readJson, wholeNumber } from '../options.ts';
import type { AddCommand, CommandContext } from './context.ts';

const PRESETS = ['light', 'medium', 'heavy', 'eval'] as const;

export const addAugment: AddCommand = (program, context) => {
  const augment = program.command('augment').description('see what augmentation does to images');
  augment
    .command('preview')
    .description('write a contact sheet: one image as a pipeline would change it, many times over')
    .argument('<image>', 'the image')
    .option('--out <file>', 'PNG file to write', 'preview.png')
    .addOption(
      new Option('--preset <name>', 'a ready-made pipeline').choices(PRESETS).default('medium' as const),
    )
    .option('--pipeline <file>', 'JSON file with a pipeline of your own, instead of the preset')
    .option('--size <pixels>', 'side of the squares that a preset makes', wholeNumber, 224)
    .option('--rows <count>', 'rows of the sheet', wholeNumber, 4)
    .option('--columns <count>', 'columns of the sheet', wholeNumber, 6)
    .option('--seed <number>', 'what the changes are drawn from', wholeNumber, 1)
    .addHelpText(
      'after',
      `
A pipeline is a list of steps: ["horizontalFlip", { "rotate": { "degrees": 15 } }].

Exit codes:
  ${exitCodes.ok}  the sheet was written
  ${exitCodes.failed}  it failed, and the error says why

Examples:
  podium augment preview photo.jpg
  podium augment preview photo.jpg --preset heavy --out heavy.png
  podium augment preview photo.jpg --pipeline pipeline.json --rows 2`,
    )
    .action(async (image, options) => await preview(context, image, options));
};

async function preview(
  { terminal }: CommandContext,
  image: string,
  options: {
    readonly out: string;
    readonly preset: (typeof PRESETS)[number];
    readonly pipeline?: string | undefined;
    readonly size: number;
    readonly rows: number;
    readonly columns: number;
    readonly seed: number;
  },
): Promise<void> {
  const { contactSheet, pipelineFrom, preset } = await import('@podium/augment');
  const { decodeImage } = await import('@podium/dataset');
  const { default: sharp } = await import('sharp');
  const spec =
    options.pipeline === undefined
      ? preset(options.preset, { size: options.size })
      : await readJson(options.pipeline);
  const pipeline = pipelineFrom(spec);
  const picture = await decodeImage(
    { kind: 'file', path: basename(image) },
    { root: dirname(resolve(image)) },
  );
  const { rows, columns: cols, seed } = options;
  const { data, width, height, channels } = contactSheet(picture, pipeline, { rows, cols, seed });
  const raw = { width, height, channels: channels as 1 | 3 };
  await writeFileAtomic(options.out, await sharp(data, { raw }).png().toBuffer());
  terminal.out(`${rows * cols} versions of ${image} are in ${options.out}`);
}
