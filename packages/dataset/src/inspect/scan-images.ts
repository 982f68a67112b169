import sharp from 'sharp';
import type { ImageSource } from '../manifest/types.ts';
import { type ImageScan, type ScanLimits, scanImage } from './scan-image.ts';

export interface ScanOptions extends ScanLimits {
  /** Images in flight at once. */
  readonly concurrency: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A place in some folder. */
export interface Located {
  readonly root: string;
  readonly source: ImageSource;
}

/**
 * Looks at every image once, however many rows name it, a few at a time. The results are in the order of the images.
 * @throws what `signal` was aborted with.
 */
export async function scanImages(images: readonly Located[], options: ScanOptions): Promise<ImageScan[]> {
  // One thread an image in flight is the fastest, and the cache would keep images that are never asked for again.
  sharp.concurrency(1);
  sharp.cache(false);
  const jobs = new Map<string, { image: Located; places: number[] }>();
  for (const [place, image] of images.entries()) {
    const key = JSON.stringify([
      image.root,
      image.source.path,
      'offset' in image.source ? image.source.offset : -1,
    ]);
    const job = jobs.get(key);
    if (job === undefined) jobs.set(key, { image, places: [place] });
    else job.places.push(place);
  }
  const scans = new Array<ImageScan>(images.length);
  const queue = jobs.values();
  let done = 0;
  const work = async () => {
    for (const { image, places } of queue) {
      options.signal?.throwIfAborted();
      const scan = await scanImage(image.root, image.source, options);
      for (const place of places) scans[place] = scan;
      done++;
      options.onProgress?.(done, jobs.size);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, jobs.size) }, work));
  return scans;
}
