import type { ImageSize, Rng } from '@podium/core';
import { binned, eitherSign, type Operation } from './operations.ts';

/** How far a policy goes at its strongest; between, magnitudes are equal steps. torchvision's tables. */
export interface Ranges {
  readonly shear: number;
  /** In pixels. */
  readonly translate: (size: ImageSize) => { readonly x: number; readonly y: number };
  readonly degrees: number;
  /** How far factors go from 1. */
  readonly enhance: number;
  /** Bits kept at the weakest, and how many fewer at the strongest. */
  readonly bits: readonly [most: number, drop: number];
}

/** What magnitude `bin` of `bins` means for the operation; signs are drawn where the operation has two directions. */
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
      const [most, drop] = ranges.bits;
      return most - Math.round(binned(0, drop, bin, bins));
    }
    case 'solarize':
      return binned(255, 0, bin, bins);
    default:
      return 0;
  }
}
