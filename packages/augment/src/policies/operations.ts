import type { Rng } from '@podium/core';
import { affineAbout } from '../kernels/affine.ts';
import { saturate } from '../kernels/color.ts';
import { extremes, histograms, meanGray } from '../kernels/histogram.ts';
import { joinTables } from '../kernels/lut.ts';
import { sharpness } from '../kernels/sharpness.ts';
import {
  autocontrastTable,
  brightnessTable,
  contrastTable,
  equalizeTable,
  invertTable,
  posterizeTable,
  solarizeAddTable,
  solarizeTable,
} from '../kernels/tables.ts';
import type { Sampling } from '../kernels/warp.ts';
import { LazyImage } from '../lazy-image.ts';

/** The operations of the policies, named as in their papers. */
export type Operation =
  | 'identity'
  | 'shearX'
  | 'shearY'
  | 'translateX'
  | 'translateY'
  | 'rotate'
  | 'brightness'
  | 'color'
  | 'contrast'
  | 'sharpness'
  | 'posterize'
  | 'solarize'
  | 'solarizeAdd'
  | 'autoContrast'
  | 'equalize'
  | 'invert';

type Apply = (image: LazyImage, amount: number, sampling: Sampling) => LazyImage;

const OPERATIONS: Readonly<Record<Operation, Apply>> = {
  identity: (image) => image,
  /** Amount: source columns per row; the corner stays. */
  shearX: (image, amount, sampling) => image.warp([1, amount, 0, 0, 1, 0], sampling),
  shearY: (image, amount, sampling) => image.warp([1, 0, 0, amount, 1, 0], sampling),
  /** Amount: pixels to the right. */
  translateX: (image, amount, sampling) => image.warp([1, 0, -amount, 0, 1, 0], sampling),
  translateY: (image, amount, sampling) => image.warp([1, 0, 0, 0, 1, -amount], sampling),
  /** Amount: degrees, counterclockwise. */
  rotate: (image, amount, sampling) =>
    image.warp(affineAbout(image.width, image.height, { degrees: amount }), sampling),
  /** Amount of the next four: a factor, 1 for no change. */
  brightness: (image, amount) => image.map(brightnessTable(amount)),
  color: (image, amount) => {
    const writable = image.writable();
    saturate(writable, amount);
    return LazyImage.fresh(writable);
  },
  contrast: (image, amount) => image.map(contrastTable(amount, meanGray(image.read()))),
  sharpness: (image, amount) => LazyImage.fresh(sharpness(image.read(), amount)),
  /** Amount: bits kept. */
  posterize: (image, amount) => image.map(posterizeTable(amount)),
  /** Amount: threshold. */
  solarize: (image, amount) => image.map(solarizeTable(amount)),
  /** Amount: levels added below 128. */
  solarizeAdd: (image, amount) => image.map(solarizeAddTable(amount, 128)),
  autoContrast: (image) => image.map(joinTables(extremes(image.read()).map(autocontrastTable))),
  equalize: (image) => image.map(joinTables(histograms(image.read()).map(equalizeTable))),
  invert: (image) => image.map(invertTable()),
};

/** Applies an operation by an amount, whose meaning depends on the operation. */
export function operate(
  image: LazyImage,
  operation: Operation,
  amount: number,
  sampling: Sampling,
): LazyImage {
  return OPERATIONS[operation](image, amount, sampling);
}

/** One of `bins` equal steps from `from` to `to`, ends included. */
export function binned(from: number, to: number, bin: number, bins: number): number {
  return from + ((to - from) * bin) / (bins - 1);
}

/** The amount, or its negative half of the time. */
export function eitherSign(amount: number, rng: Rng): number {
  return rng.bool() ? amount : -amount;
}
