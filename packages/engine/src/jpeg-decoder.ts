import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { findTensorflow, type NativeLibrary } from './install/index.ts';
import { libraryNames } from './install/layout.ts';
import { stderrOf } from './native/stderr.ts';

/** Files of a native JPEG decoder. */
export interface JpegDecoder {
  readonly addon: string;
  readonly library: string;
}

/** The addon calls a C++ function that TensorFlow may change at any time: these versions are known to have it. */
const VERSIONS: readonly string[] = ['2.21.0'];

/** The JPEG decoder inside a TensorFlow; undefined if it is not known how to call it. */
export function jpegDecoderOf({
  addons: { podium_jpeg: addon },
  libraryFolder,
  tensorflowVersion,
}: NativeLibrary): JpegDecoder | undefined {
  if (addon === undefined || !VERSIONS.includes(tensorflowVersion)) return undefined;
  const library = libraryNames(process.platform)
    .apis.map((name) => join(libraryFolder, name))
    .find((path) => existsSync(path));
  return library === undefined ? undefined : { addon, library };
}

/**
 * The JPEG decoder inside the installed TensorFlow, whose library it loads without its startup messages: 0.3 s and 260 MB, less
 * than what hundreds of images save. For processes that never load the engine. Nothing is installed.
 * @returns undefined if there is none that can be used
 */
export async function findJpegDecoder(): Promise<JpegDecoder | undefined> {
  try {
    const { library } = await findTensorflow();
    const decoder = library && jpegDecoderOf(library);
    if (library === undefined || decoder === undefined) return undefined;
    const { open } = createRequire(import.meta.url)(decoder.addon) as { open(library: string): boolean };
    const stderr = stderrOf(library);
    stderr?.hold();
    try {
      return open(decoder.library) ? decoder : undefined;
    } finally {
      stderr?.release();
    }
  } catch {
    // Images can be decoded without it; what uses the engine says what is wrong.
    return undefined;
  }
}
