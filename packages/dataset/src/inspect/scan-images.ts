import sharp from 'sharp';
import type { ImageSource } from '../manifest/types.ts';
import { type ImageScan, type ScanLimits, scanImage } from './scan-image.ts';

export interface ScanOptions extends ScanLimits {
  /** Images scanned at once. */
  readonly concurrency: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** An image in a folder. */
export interface LocatedImage {
  readonly root: string;
  readonly source: ImageSource;
}

/**
 * Scans every image once, even if several rows name it. The results are in the order of the images.
 * @throws the reason of an aborted signal
 */
export async function scanImages(
  images: readonly LocatedImage[],
  options: ScanOptions,
): Promise<ImageScan[]> {
  // One thread per image is fastest, and the cache would keep images that are never used again.
  sharp.concurrency(1);
  sharp.cache(false);
  const jobs = new Map<string, { image: LocatedImage; indices: number[] }>();
  for (const [index, image] of images.entries()) {
    const key = JSON.stringify([
      image.root,
      image.source.path,
      'offset' in image.source ? image.source.offset : -1,
    ]);
    const job = jobs.get(key);
    if (job === undefined) jobs.set(key, { image, indices: [index] });
    else job.indices.push(index);
  }
  const scans = new Array<ImageScan>(images.length);
  const queue = jobs.values();
  let done = 0;
  const work = async () => {
    for (const { image, indices } of queue) {
      options.signal?.throwIfAborted();
      const scan = await scanImage(image.root, image.source, options);
      for (const index of indices) scans[index] = scan;
      done++;
      options.onProgress?.(done, jobs.size);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, jobs.size) }, work));
  return scans;
}
