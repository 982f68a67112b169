import type { ImageSize, Rng } from '@podium/core';
import { binned, eitherSign, type Operation } from './operations.ts';

/** The strongest amounts of a policy; weaker magnitudes are equal steps toward them (torchvision's tables). */
export interface Ranges {
  readonly shear: number;
  /** In pixels. */
  readonly translate: (size: ImageSize) => { readonly x: number; readonly y: number };
  readonly degrees: number;
  /** Largest difference of factors from 1. */
  readonly enhance: number;
  /** Bits kept at the weakest magnitude, and how many fewer at the strongest. */
  readonly bits: readonly [max: number, drop: number];
}

/** The operation's amount at magnitude `bin` of `bins`, with a random sign if the operation has two directions. */
export function amountOf(
  operation: Operation,
  ranges: Ranges,
  [bin, bins]: readonly [number, number],
  size: ImageSize,
  rng: Rng,
): number {
  switch (operation) {
    case 'shearX':
    case 'shearY':
      return eitherSign(binned(0, ranges.shear, bin, bins), rng);
    case 'translateX':
      return eitherSign(Math.trunc(binned(0, ranges.translate(size).x, bin, bins)), rng);
    case 'translateY':
      return eitherSign(Math.trunc(binned(0, ranges.translate(size).y, bin, bins)), rng);
    case 'rotate':
      return eitherSign(binned(0, ranges.degrees, bin, bins), rng);
    case 'brightness':
    case 'color':
    case 'contrast':
    case 'sharpness':
      return 1 + eitherSign(binned(0, ranges.enhance, bin, bins), rng);
    case 'posterize': {
      const [max, drop] = ranges.bits;
      return max - Math.round(binned(0, drop, bin, bins));
    }
    case 'solarize':
      return binned(255, 0, bin, bins);
    default:
      return 0;
  }
}
