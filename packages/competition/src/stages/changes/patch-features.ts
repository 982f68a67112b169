import type { Rng } from '@podium/core';

/** Side of the images that are compared, in pixels. */
export const IMAGE_SIDE = 24;
/** Side of a patch, distance between patches, and their number. */
const PATCH = 6;
const STRIDE = 2;
const PATCHES = 48;
/** The image is also averaged to this side. */
const COARSE = 12;
/** Half the map: where a patch is found is told by quarters. */
const POSITIONS = Math.floor((IMAGE_SIDE - PATCH) / STRIDE) + 1;
const CHANNELS = 3;

/**
 * Features of small images `[24,24,3]` without a trained network (Coates and Ng, The Importance of Encoding Versus Training,
 * ICML 2011): how much patches drawn from the images resemble each quarter, which tells strokes and their directions, and the
 * image at 12 x 12, which tells where things are.
 */
export function patchFeatures(images: readonly Uint8Array[], rng: Rng): (image: Uint8Array) => Float64Array {
  const patches = Array.from({ length: images.length === 0 ? 0 : PATCHES }, () => {
    const image = images[rng.int(images.length)]!;
    return normalized(image, rng.int(POSITIONS) * STRIDE, rng.int(POSITIONS) * STRIDE);
  });
  return (image) => {
    const features = new Float64Array(COARSE * COARSE * CHANNELS + patches.length * 4);
    const step = IMAGE_SIDE / COARSE;
    for (let y = 0; y < IMAGE_SIDE; y++) {
      for (let x = 0; x < IMAGE_SIDE; x++) {
        for (let c = 0; c < CHANNELS; c++) {
          const at = (Math.floor(y / step) * COARSE + Math.floor(x / step)) * CHANNELS + c;
          const value = image[(y * IMAGE_SIDE + x) * CHANNELS + c]!;
          features[at] = features[at]! + value / 255 / step ** 2;
        }
      }
    }
    const start = COARSE * COARSE * CHANNELS;
    for (let y = 0; y < POSITIONS; y++) {
      for (let x = 0; x < POSITIONS; x++) {
        const here = normalized(image, y * STRIDE, x * STRIDE);
        const quarter = (y < POSITIONS / 2 ? 0 : 2) + (x < POSITIONS / 2 ? 0 : 1);
        for (const [p, patch] of patches.entries()) {
          let likeness = 0;
          for (let i = 0; i < here.length; i++) likeness += here[i]! * patch[i]!;
          // A threshold keeps only what is much alike.
          const at = start + p * 4 + quarter;
          features[at] = features[at]! + Math.max(0, likeness - 0.25);
        }
      }
    }
    return features;
  };
}

/** The patch at a place, with mean 0 and length 1 (0 for an even one). */
function normalized(image: Uint8Array, top: number, left: number): Float64Array {
  const patch = new Float64Array(PATCH * PATCH * CHANNELS);
  let sum = 0;
  for (let y = 0, i = 0; y < PATCH; y++) {
    for (let x = 0; x < PATCH * CHANNELS; x++, i++) {
      const value = image[((top + y) * IMAGE_SIDE + left) * CHANNELS + x]!;
      patch[i] = value;
      sum += value;
    }
  }
  const mean = sum / patch.length;
  let squares = 0;
  for (let i = 0; i < patch.length; i++) {
    patch[i] = patch[i]! - mean;
    squares += patch[i]! ** 2;
  }
  // Noise of a level or two is no structure.
  const length = Math.sqrt(squares + 50 * patch.length);
  for (let i = 0; i < patch.length; i++) patch[i] = patch[i]! / length;
  return patch;
}
