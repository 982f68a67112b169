import { PodiumError } from '@podium/core';
import { invalidSetting } from '../layout-settings.ts';
import { OPTIONS } from '../notes.ts';

/** The size of all images of a table. */
export interface PixelShape {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/**
 * The size of images of so many numbers: as set, or a square.
 * @throws PodiumError `layout-settings`, `layout-pixel-columns`
 */
export function shapeOf(
  count: number,
  size: Partial<PixelShape> & { readonly channels: number },
  file: string,
): PixelShape {
  const { channels } = size;
  const places = count / channels;
  const width = size.width ?? (size.height === undefined ? Math.sqrt(places) : places / size.height);
  const height = size.height ?? places / width;
  if (Number.isInteger(width) && Number.isInteger(height) && width * height * channels === count) {
    return { width, height, channels };
  }
  if (size.width !== undefined || size.height !== undefined || channels !== 1) {
    return invalidSetting('width', `width x height x channels = ${count}, the pixels of a row of ${file}`, {
      width: size.width,
      height: size.height,
      channels,
    });
  }
  return wrongCount(file, 'a square number of pixels', count);
}

/** @throws PodiumError `layout-pixel-columns` */
export function wrongCount(file: string, expected: string, got: number): never {
  throw new PodiumError({
    code: 'layout-pixel-columns',
    path: { file },
    expected,
    got: String(got),
    fix: `set ${OPTIONS}.width, ${OPTIONS}.height and ${OPTIONS}.channels, or download the file again`,
  });
}
