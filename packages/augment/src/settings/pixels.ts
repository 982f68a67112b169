import type { Interpolation } from '@podium/core';
import { z } from 'zod';
import type { Filling } from '../kernels/fill.ts';
import type { Border, Sampling } from '../kernels/warp.ts';
import { within } from './ranges.ts';

const COLOR = 'a whole number from 0 to 255, or three of them for red, green, blue';

/** A gray level, or one level per channel. */
export function color(...defaultValue: number[]): z.ZodType<readonly number[]> {
  const level = within({ min: 0, max: 255 }, COLOR, z.int);
  const levels = z
    .array(level, { error: COLOR })
    .refine(({ length }) => length === 1 || length === 3, { error: COLOR });
  return z.union([level.transform((value) => [value]), levels], { error: COLOR }).default(defaultValue);
}

const SIZE = 'a whole number of pixels from 1 to 65535, or [height, width]';

/** `[height, width]` in pixels; a number means a square. */
export function imageSize(defaultSide: number): z.ZodType<readonly [height: number, width: number]> {
  const side = within({ min: 1, max: 65_535 }, SIZE, z.int);
  const square = side.transform((value): [number, number] => [value, value]);
  return z
    .union([square, z.tuple([side, side], { error: SIZE })], { error: SIZE })
    .default([defaultSide, defaultSide]);
}

/** How an image is resized. */
export function interpolation(defaultValue: Interpolation): z.ZodType<Interpolation> {
  return z.enum(['nearest', 'bilinear', 'bicubic', 'lanczos3']).default(defaultValue);
}

/** What lies outside an image. */
export function border(): z.ZodType<Border> {
  return z.enum(['constant', 'reflect', 'edge']).default('constant');
}

/** What takes the place of erased pixels. */
export function filling(): z.ZodType<Filling> {
  return z.enum(['constant', 'noise', 'mean']).default('constant');
}

/** Settings of every warp. */
export function samplingSettings(): {
  readonly interpolation: z.ZodType<Sampling['interpolation']>;
  readonly border: z.ZodType<Border>;
  readonly fill: z.ZodType<readonly number[]>;
} {
  return {
    interpolation: z.enum(['nearest', 'bilinear']).default('bilinear'),
    border: border(),
    fill: color(0),
  };
}

/** The sampling settings among a transform's settings. */
export function samplingOf({ interpolation, border, fill }: Sampling): Sampling {
  return { interpolation, border, fill };
}
