import type { backend_util } from '@tensorflow/tfjs-core';

/**
 * Visits the parts of the image under a convolution's output pixels `first ... first + count - 1` (counted over batch,
 * rows and columns), as runs of floats that are contiguous both in the image and in the matrix of patches `[count, kh *
 * kw * C]`. Padding has no runs.
 */
function forEachRun(
  info: backend_util.Conv2DInfo,
  first: number,
  count: number,
  visit: (imageOffset: number, patchOffset: number, length: number) => void,
): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth, padInfo } = info;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const dense = dilationWidth === 1;
  let patch = 0;
  for (let pixel = first; pixel < first + count; pixel++) {
    const column = pixel % outWidth;
    const line = (pixel - column) / outWidth;
    const row = line % outHeight;
    const batch = (line - row) / outHeight;
    const left = column * strideWidth - padInfo.left;
    for (let kh = 0; kh < filterHeight; kh++, patch += filterWidth * inChannels) {
      const y = row * strideHeight - padInfo.top + kh * dilationHeight;
      if (y < 0 || y >= inHeight) continue;
      const start = (batch * inHeight + y) * inWidth;
      if (dense) {
        const from = Math.max(0, -left);
        const to = Math.min(filterWidth, inWidth - left);
        if (from < to)
          visit((start + left + from) * inChannels, patch + from * inChannels, (to - from) * inChannels);
        continue;
      }
      for (let kw = 0; kw < filterWidth; kw++) {
        const x = left + kw * dilationWidth;
        if (x >= 0 && x < inWidth) visit((start + x) * inChannels, patch + kw * inChannels, inChannels);
      }
    }
  }
}

/** Copies patches of the image at `image` in `heap` into the matrix at `patches` (im2col). */
export function packPatches(
  heap: Float32Array,
  info: backend_util.Conv2DInfo,
  image: number,
  patches: number,
  first: number,
  count: number,
): void {
  heap.fill(0, patches, patches + count * patchSize(info));
  forEachRun(info, first, count, (from, to, length) => {
    // Below some 64 floats a loop is faster than the call.
    if (length > 64) heap.copyWithin(patches + to, image + from, image + from + length);
    else for (let i = 0; i < length; i++) heap[patches + to + i] = heap[image + from + i]!;
  });
}

/** Adds the matrix at `patches` to the image at `image` (col2im), the transpose of {@link packPatches}. */
export function addPatches(
  heap: Float32Array,
  info: backend_util.Conv2DInfo,
  image: number,
  patches: number,
  first: number,
  count: number,
): void {
  forEachRun(info, first, count, (to, from, length) => {
    for (let i = 0; i < length; i++) {
      heap[image + to + i] = heap[image + to + i]! + heap[patches + from + i]!;
    }
  });
}

export function patchSize({ filterHeight, filterWidth, inChannels }: backend_util.Conv2DInfo): number {
  return filterHeight * filterWidth * inChannels;
}

/** Number of output pixels in the batch. */
export function pixelCount({ batchSize, outHeight, outWidth }: backend_util.Conv2DInfo): number {
  return batchSize * outHeight * outWidth;
}

/**
 * Number of pixels per step: few enough that their patches fit in a core's cache (64k floats), but at least 256, so
 * that adding partial results costs little.
 */
export function pixelsPerStep(info: backend_util.Conv2DInfo): number {
  return Math.max(256, Math.floor(65_536 / patchSize(info)));
}
