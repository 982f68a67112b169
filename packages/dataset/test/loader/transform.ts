import { appendFileSync } from 'node:fs';
import type { Image, ImageTransform } from '@podium/core';

/** A loader's transform for tests: a random crop of half the picture, noise over it, and what the argument asks for. */
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
