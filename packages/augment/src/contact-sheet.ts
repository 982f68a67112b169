import { type Image, PodiumError, Rng } from '@podium/core';
import { fillOf } from './kernels/warp.ts';

export interface ContactSheetSettings {
  readonly rows: number;
  readonly cols: number;
  readonly seed: number | string;
  /** Pixels between images. Default 4. */
  readonly gap?: number;
}

/** What makes the images of the sheet: a `Pipeline`, a `View`, or anything with a `run`. */
export interface Runnable {
  readonly run: (image: Image, rng: Rng) => Image;
}

/**
 * A grid of `rows` x `cols` versions of one image on white, each from its own random stream. All cells are as large as the
 * largest version.
 * @throws PodiumError `augment-contact-sheet` unless rows and cols are whole numbers from 1 to 100
 *
 * @example
 * const sheet = contactSheet(image, pipelineFrom(preset('medium', { size: 224 })), { rows: 4, cols: 6, seed: 1 });
 */
export function contactSheet(image: Image, pipeline: Runnable, settings: ContactSheetSettings): Image {
  const { rows, cols, seed, gap = 4 } = settings;
  for (const [key, value] of Object.entries({ rows, cols })) {
    if (Number.isInteger(value) && value >= 1 && value <= 100) continue;
    throw new PodiumError({
      code: 'augment-contact-sheet',
      path: { key },
      expected: 'a whole number from 1 to 100',
      got: String(value),
    });
  }
  const rng = Rng.fromSeed(seed);
  const versions = Array.from({ length: rows * cols }, (_, i) => pipeline.run(image, rng.split(i)));
  return pasteGrid(versions, rows, cols, gap);
}

function pasteGrid(versions: readonly Image[], rows: number, cols: number, gap: number): Image {
  const channels = Math.max(...versions.map((version) => version.channels));
  const cellWidth = Math.max(...versions.map((version) => version.width)) + gap;
  const cellHeight = Math.max(...versions.map((version) => version.height)) + gap;
  const [width, height] = [cols * cellWidth + gap, rows * cellHeight + gap];
  const data = new Uint8Array(width * height * channels).fill(255);
  versions.forEach((version, i) => {
    const left = gap + (i % cols) * cellWidth;
    const top = gap + Math.floor(i / cols) * cellHeight;
    for (let y = 0; y < version.height; y++) {
      for (let x = 0; x < version.width; x++) {
        const from = (y * version.width + x) * version.channels;
        const pixel = fillOf([...version.data.subarray(from, from + version.channels)], channels);
        data.set(pixel, ((top + y) * width + left + x) * channels);
      }
    }
  });
  return { width, height, channels, data };
}
