import type { RingShape } from './ring.ts';
import type { Batch } from './types.ts';

/**
 * A batch of V views as V batches of one view each, with the same rows. The pixels are not copied. (A model may also take
 * all `[V*B,H,W,C]` at once: rows `v*B` to `(v+1)*B` of its output belong to view v.)
 */
export function splitViews(batch: Batch): Batch[] {
  const { images, shape, views } = batch;
  const length = images.length / views;
  const [count, ...size] = shape;
  return Array.from({ length: views }, (_, view) => ({
    ...batch,
    images: images.subarray(view * length, (view + 1) * length),
    shape: [count / views, ...size] as const,
    views: 1,
  }));
}

/** The images at these positions of a slot, moved together without gaps. */
export function packImages(
  images: Uint8Array | Float32Array,
  { views, batchSize, imageLength }: RingShape,
  positions: readonly number[],
): Uint8Array | Float32Array {
  let to = 0;
  for (let view = 0; view < views; view++) {
    for (const position of positions) {
      const from = (view * batchSize + position) * imageLength;
      if (from !== to) images.copyWithin(to, from, from + imageLength);
      to += imageLength;
    }
  }
  return images.subarray(0, to);
}
