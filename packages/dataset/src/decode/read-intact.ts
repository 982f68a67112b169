import type { SharpOptions } from 'sharp';
import { formatOf } from './file-format.ts';
import { mendJpeg } from './mend-jpeg.ts';

export type FailOn = NonNullable<SharpOptions['failOn']>;

/** Decodes bytes. */
export type Read<T> = (bytes: Uint8Array, failOn: FailOn) => Promise<T>;

export interface Intact<T> {
  readonly value: T;
  /** What is wrong with the file, although the image is whole; a clause after `has`. */
  readonly fault?: string;
}

/**
 * Decodes an image that is whole, however its file is written.
 *
 * libvips can only fail at every warning, or accept damage. What it warns of is not known reliably, since its messages are
 * common to all threads. So a JPEG that it warns of is mended if it has a fault that changes no pixel, and must then pass
 * without a warning. libtiff warns of unknown tags, and fails if data is missing.
 * @throws the decoder's error if the image is damaged
 */
export async function readIntact<T>(bytes: Uint8Array, read: Read<T>): Promise<Intact<T>> {
  const isTiff = formatOf(bytes) === 'tiff';
  try {
    return { value: await read(bytes, isTiff ? 'error' : 'warning') };
  } catch (error) {
    const mended = mendJpeg(bytes);
    if (mended === undefined) throw error;
    return { value: await read(mended.bytes, 'warning'), fault: mended.faults.join(' and ') };
  }
}
