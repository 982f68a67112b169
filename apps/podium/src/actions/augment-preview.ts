import { basename, dirname, resolve } from 'node:path';
import { contactSheet, type PresetName, pipelineFrom, preset as presetPipeline } from '@podium/augment';
import { writeFileAtomic } from '@podium/core';
import { decodeImage } from '@podium/dataset';
import sharp from 'sharp';
import type { CommandContext } from '../commands/context.ts';
import { readJsonFile } from '../read-json-file.ts';

interface Options {
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
  { out, preset, pipeline: file, size, rows, columns: cols, seed }: Options,
): Promise<void> {
  const pipeline = pipelineFrom(
    file === undefined ? presetPipeline(preset, { size }) : await readJsonFile(file),
  );
  const image = await decodeImage({ kind: 'file', path: basename(path) }, { root: dirname(resolve(path)) });
  const { data, width, height, channels } = contactSheet(image, pipeline, { rows, cols, seed });
  const raw = { width, height, channels: channels as 1 | 3 };
  await writeFileAtomic(out, await sharp(data, { raw }).png().toBuffer());
  terminal.print(`Wrote ${rows * cols} versions of ${path} to ${out}`);
}
