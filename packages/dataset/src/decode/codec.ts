import sharp from 'sharp';

let ready = false;

/**
 * sharp, configured for many small images at once: one thread per image, since several images in flight keep all cores busy
 * and more threads per image cost a third of the speed; and no operation cache, which never hits and takes memory.
 */
export function codec(): typeof sharp {
  if (!ready) {
    sharp.concurrency(1);
    sharp.cache(false);
    ready = true;
  }
  return sharp;
}
