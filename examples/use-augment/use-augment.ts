import { basename, dirname, resolve } from 'node:path';
import { contactSheet, type Pipeline, pipelineFrom, type View, viewsFrom } from '@podium/augment';
import { type Image, Rng } from '@podium/core';
import { decodeImage } from '@podium/dataset';
import sharp from 'sharp';

/** Augmentation as data: the same list works in `podium.yaml`. `pipeline.spec` is the list with all settings. */
export const pipeline: Pipeline = pipelineFrom([
  { randomResizedCrop: { size: 96, scale: [0.5, 1] } },
  'horizontalFlip',
  { colorJitter: { brightness: 0.3, contrast: 0.3, saturation: 0.3, hue: 0.05 } },
  { oneOf: { p: 0.5, steps: [{ gaussianBlur: {} }, { jpeg: { quality: [20, 60] } }, { motionBlur: {} }] } },
  { randomErasing: { p: 0.25, filling: 'mean' } },
]);

/** 4 x 6 versions of an image. The same seed gives the same sheet on every machine. */
export function sheetOf(image: Image): Image {
  return contactSheet(image, pipeline, { rows: 4, cols: 6, seed: 1 });
}

/** Views for test-time augmentation: what a model sees, flipped and in five crops. */
export const views: readonly View[] = viewsFrom(['identity', 'horizontalFlip', 'fiveCrops'], { size: 96 });

/** The image as the model sees it in each view. */
export function viewsOf(image: Image): readonly Image[] {
  return views.map((view) => view.run(image, Rng.fromSeed(1)));
}

if (process.argv[1] === import.meta.filename) {
  const file = resolve(process.argv[2] ?? 'docs/report-desktop.png');
  const image = await decodeImage({ kind: 'file', path: basename(file) }, { root: dirname(file) });
  const { width, height, data } = sheetOf(image);
  await sharp(data, { raw: { width, height, channels: 3 } }).toFile('augmented.png');
  console.log(`augmented.png: ${width} x ${height}, ${JSON.stringify(pipeline.spec)}`);
  for (const [i, view] of viewsOf(image).entries()) {
    console.log(`${views[i]!.name}: ${view.width} x ${view.height}`);
  }
}
