import { type ImageSize, Rng } from '@podium/core';
import { flipHorizontally, turn } from '../../kernels/flip.ts';
import { crop } from '../../kernels/resample.ts';
import { middle } from '../../transforms/center-crop.ts';
import { resizeShorter } from '../../transforms/resize-shorter.ts';
import type { ViewFrame, ViewParts } from './view.ts';

/** Resizing draws nothing. */
const NO_RNG = Rng.fromSeed(0);

/** Where a square of `size` lies in an image that has been resized: the pixels left of it and above it. */
export type Corner = (picture: ImageSize, size: number) => { readonly left: number; readonly top: number };

export interface Place {
  readonly label?: string;
  /** How many times as large as usual the image is. Default 1. */
  readonly scale?: number;
  /** Default: the middle. */
  readonly corner?: Corner;
  readonly mirrored?: boolean;
  readonly quarters?: number;
}

/** A view that resizes, crops, mirrors and turns: what `preset('eval')` does, but for what `place` says. */
export function placed(frame: ViewFrame, place: Place): ViewParts {
  const { size, interpolation } = frame;
  const { label = '', scale = 1, corner = center, mirrored = false, quarters = 0 } = place;
  // Never smaller than the crop, whatever division says.
  const shorter = Math.max(size, Math.floor((size / frame.cropPct) * scale));
  const { window } = resizeShorter.opening(resizeShorter.parse({ size: shorter, interpolation }))!;
  return {
    label,
    window,
    apply: (image) => {
      const box = crop(image, { ...corner(image, size), width: size, height: size });
      return turn(mirrored ? flipHorizontally(box) : box, quarters);
    },
    placement: (picture) => {
      const { outWidth, outHeight } = window(picture, NO_RNG);
      const { left, top } = corner({ width: outWidth, height: outHeight }, size);
      const [across, down] = [picture.width / outWidth, picture.height / outHeight];
      const box = { left: left * across, top: top * down, width: size * across, height: size * down };
      return { ...box, mirrored, quarters };
    },
  };
}

/** The middle, with torchvision's rounding. */
const center: Corner = (picture, size) => middle(picture, size, size);

/** torchvision's `FiveCrop`, in its order. */
export const CROPS: readonly (readonly [label: string, corner: Corner])[] = [
  ['topLeft', () => ({ left: 0, top: 0 })],
  ['topRight', ({ width }, size) => ({ left: width - size, top: 0 })],
  ['bottomLeft', ({ height }, size) => ({ left: 0, top: height - size })],
  ['bottomRight', ({ width, height }, size) => ({ left: width - size, top: height - size })],
  ['center', center],
];

/** The same corner of the mirrored image, said of the image itself. */
export function inMirror(corner: Corner): Corner {
  return (picture, size) => {
    const { left, top } = corner(picture, size);
    return { left: picture.width - size - left, top };
  };
}
