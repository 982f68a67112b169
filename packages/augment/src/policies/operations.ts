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

/** The operations of the policies, by the names that their papers give them. */
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

type Apply = (picture: LazyImage, amount: number, sampling: Sampling) => LazyImage;

const OPERATIONS: Readonly<Record<Operation, Apply>> = {
  identity: (picture) => picture,
  /** Amount: source columns per row; the corner stays. */
  shearX: (picture, amount, sampling) => picture.warp([1, amount, 0, 0, 1, 0], sampling),
  shearY: (picture, amount, sampling) => picture.warp([1, 0, 0, amount, 1, 0], sampling),
  /** Amount: pixels to the right. */
  translateX: (picture, amount, sampling) => picture.warp([1, 0, -amount, 0, 1, 0], sampling),
  translateY: (picture, amount, sampling) => picture.warp([1, 0, 0, 0, 1, -amount], sampling),
  /** Amount: degrees, counter-clockwise. */
  rotate: (picture, amount, sampling) =>
    picture.warp(affineAbout(picture.width, picture.height, { degrees: amount }), sampling),
  /** Amount of the next four: factor, 1 for no change. */
  brightness: (picture, amount) => picture.map(brightnessTable(amount)),
  color: (picture, amount) => {
    const image = picture.own();
    saturate(image, amount);
    return LazyImage.fresh(image);
  },
  contrast: (picture, amount) => picture.map(contrastTable(amount, meanGray(picture.read()))),
  sharpness: (picture, amount) => LazyImage.fresh(sharpness(picture.read(), amount)),
  /** Amount: bits kept. */
  posterize: (picture, amount) => picture.map(posterizeTable(amount)),
  /** Amount: threshold. */
  solarize: (picture, amount) => picture.map(solarizeTable(amount)),
  /** Amount: levels added below 128. */
  solarizeAdd: (picture, amount) => picture.map(solarizeAddTable(amount, 128)),
  autoContrast: (picture) => picture.map(joinTables(extremes(picture.read()).map(autocontrastTable))),
  equalize: (picture) => picture.map(joinTables(histograms(picture.read()).map(equalizeTable))),
  invert: (picture) => picture.map(invertTable()),
};

/** Does the operation by the given amount, whose meaning is the operation's own. */
export function operate(
  picture: LazyImage,
  operation: Operation,
  amount: number,
  sampling: Sampling,
): LazyImage {
  return OPERATIONS[operation](picture, amount, sampling);
}

/** One of `bins` equal steps from `from` to `to`, ends included. */
export function binned(from: number, to: number, bin: number, bins: number): number {
  return from + ((to - from) * bin) / (bins - 1);
}

/** The amount, or its negative half of the time. */
export function eitherSign(amount: number, rng: Rng): number {
  return rng.bool() ? amount : -amount;
}
