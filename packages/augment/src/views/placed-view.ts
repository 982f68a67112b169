import { type ImageSize, Rng } from '@podium/core';
import { flipHorizontally, rotateQuarters } from '../kernels/flip.ts';
import { crop } from '../kernels/resample.ts';
import { centerBox } from '../transforms/center-crop.ts';
import { resizeShorter } from '../transforms/resize-shorter.ts';
import type { ViewFrame, ViewParts } from './define-view.ts';

/** Resizing draws nothing. */
const NO_RNG = Rng.fromSeed(0);

/** Where a square of `size` lies in a resized image: the pixels left of it and above it. */
export type Corner = (image: ImageSize, size: number) => { readonly left: number; readonly top: number };

/** How a view differs from `identity`. */
export interface PlacedViewOptions {
  readonly label?: string;
  /** Zoom factor. Default 1. */
  readonly scale?: number;
  /** Default: the center. */
  readonly corner?: Corner;
  readonly mirrored?: boolean;
  readonly quarters?: number;
}

/** A view that resizes, crops, mirrors and rotates: `preset('eval')` with the changes in `options`. */
export function placedView(frame: ViewFrame, options: PlacedViewOptions): ViewParts {
  const { size, interpolation } = frame;
  const { label = '', scale = 1, corner = center, mirrored = false, quarters = 0 } = options;
  // Never smaller than the crop, however the division rounds.
  const shorter = Math.max(size, Math.floor((size / frame.cropPct) * scale));
  const { window } = resizeShorter.opening(resizeShorter.parse({ size: shorter, interpolation }))!;
  return {
    label,
    window,
    apply: (image) => {
      const box = crop(image, { ...corner(image, size), width: size, height: size });
      return rotateQuarters(mirrored ? flipHorizontally(box) : box, quarters);
    },
    placement: (image) => {
      const { outWidth, outHeight } = window(image, NO_RNG);
      const { left, top } = corner({ width: outWidth, height: outHeight }, size);
      const [across, down] = [image.width / outWidth, image.height / outHeight];
      const box = { left: left * across, top: top * down, width: size * across, height: size * down };
      return { ...box, mirrored, quarters };
    },
  };
}

/** The center, with torchvision's rounding. */
const center: Corner = (image, size) => centerBox(image, size, size);

/** torchvision's `FiveCrop`, in its order. */
export const CROPS: readonly (readonly [label: string, corner: Corner])[] = [
  ['topLeft', () => ({ left: 0, top: 0 })],
  ['topRight', ({ width }, size) => ({ left: width - size, top: 0 })],
  ['bottomLeft', ({ height }, size) => ({ left: 0, top: height - size })],
  ['bottomRight', ({ width, height }, size) => ({ left: width - size, top: height - size })],
  ['center', center],
];

/** The corner of the flipped image, in coordinates of the original image. */
export function mirroredCorner(corner: Corner): Corner {
  return (image, size) => {
    const { left, top } = corner(image, size);
    return { left: image.width - size - left, top };
  };
}
