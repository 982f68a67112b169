import { appendFileSync } from 'node:fs';
import type { Image, ImageTransform } from '@podium/core';

/** A transform for tests: a random crop of half the image with noise, and the failures in the argument. */
export function testTransform(argument: unknown): ImageTransform {
  const { size, throwOn, crashOn, log } = argument as {
    size: number;
    throwOn?: number;
    crashOn?: number;
    log?: string;
  };
  let done = 0;
  return {
    window: ({ width, height }, rng) => ({
      left: rng.int(width >> 1),
      top: rng.int(height >> 1),
      width: width >> 1,
      height: height >> 1,
      outWidth: size,
      outHeight: size,
      interpolation: 'bilinear',
    }),
    apply: (image, rng): Image => {
      done++;
      if (log !== undefined) appendFileSync(log, '.');
      if (done === throwOn) throw new Error('a bug in the transform');
      if (done === crashOn) process.exit(3);
      return { ...image, data: image.data.map((value) => value ^ rng.int(4)) };
    },
  };
}

export const notATransform = (): number => 7;

/** A deterministic transform, for views: the whole image, its left half, the mirrored image, or a corner. */
export function stillTransform(argument: unknown): ImageTransform {
  const { size, name } = argument as { size: number; name: 'whole' | 'left' | 'mirrored' | 'asItIs' };
  if (name === 'asItIs') return { apply: (image) => corner(image, size) };
  return {
    window: ({ width, height }) => ({
      left: 0,
      top: 0,
      width: name === 'left' ? width >> 1 : width,
      height,
      outWidth: size,
      outHeight: size,
      interpolation: 'bilinear',
    }),
    apply: (image) => (name === 'mirrored' ? mirror(image) : image),
  };
}

function corner({ width, channels, data }: Image, size: number): Image {
  const rows = Array.from({ length: size }, (_, y) => [
    ...data.subarray(y * width * channels, (y * width + size) * channels),
  ]);
  return { width: size, height: size, channels, data: Uint8Array.from(rows.flat()) };
}

function mirror(image: Image): Image {
  const { width, channels, data } = image;
  const mirrored = data.map((_, i) => {
    const pixel = Math.floor(i / channels);
    const x = pixel % width;
    return data[(pixel - x + width - 1 - x) * channels + (i % channels)]!;
  });
  return { ...image, data: mirrored };
}
