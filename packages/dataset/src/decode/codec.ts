import sharp from 'sharp';

let ready = false;

/**
 * sharp, set up for many small images at once: one thread an image, since several in flight keep all cores busy and
 * more threads an image cost a third of the speed, and no cache of operations, which never hits and holds memory.
 */
export function codec(): typeof sharp {
  if (!ready) {
    sharp.concurrency(1);
    sharp.cache(false);
    ready = true;
  }
  return sharp;
}
