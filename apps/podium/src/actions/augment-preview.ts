import { basename, dirname, resolve } from 'node:path';
import { contactSheet, type PresetName, pipelineFrom, preset } from '@podium/augment';
import { writeFileAtomic } from '@podium/core';
import { decodeImage } from '@podium/dataset';
import sharp from 'sharp';
import type { CommandContext } from '../commands/context.ts';
import { readJson } from '../options.ts';

interface PreviewOptions {
  readonly out: string;
  readonly preset: PresetName;
  readonly pipeline?: string;
  readonly size: number;
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
}

/** `podium augment preview`. */
export async function augmentPreview(
  { terminal }: CommandContext,
  path: string,
  { out, preset: name, pipeline: file, size, rows, columns: cols, seed }: PreviewOptions,
): Promise<void> {
  const pipeline = pipelineFrom(file === undefined ? preset(name, { size }) : await readJson(file));
  const image = await decodeImage({ kind: 'file', path: basename(path) }, { root: dirname(resolve(path)) });
  const { data, width, height, channels } = contactSheet(image, pipeline, { rows, cols, seed });
  const raw = { width, height, channels: channels as 1 | 3 };
  await writeFileAtomic(out, await sharp(data, { raw }).png().toBuffer());
  terminal.out(`${rows * cols} versions of ${path} are in ${out}`);
}
