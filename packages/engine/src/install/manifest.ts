import { isAbsolute, join } from 'node:path';
import { readText } from '@podium/core';
import { briefly } from './failure.ts';
import type { KeptFiles } from './kept-files.ts';

/** The manifest of a folder in the cache, written last. */
export interface Manifest {
  readonly format: 1;
  readonly kind: 'tensorflow' | 'addons';
  /** Platform: `linux-x64`. */
  readonly host: string;
  readonly tensorflowVersion: string;
  readonly gpu: boolean;
  /** Source of TensorFlow. */
  readonly source: 'folder' | 'python' | 'wheel' | 'upstream';
  /** What was requested from the source: `tensorflow-cpu>=2.16,<=2.21.0`, or a Python interpreter. */
  readonly request: string;
  /** Files by their path below the folder, with `/`. */
  readonly files: KeptFiles;
  /** For addons: absolute path of the TensorFlow libraries that they load, if those are not in the cache. */
  readonly libraryFolder?: string;
  /** Informational: package and Node-API versions, wheels and their hashes. */
  readonly madeOf: Readonly<Record<string, string>>;
}

export const MANIFEST = 'manifest.json';

/** Reads a folder's manifest; returns an `Error` if it is missing or invalid. */
export async function readManifest(folder: string): Promise<Manifest | Error> {
  try {
    const value: unknown = JSON.parse(await readText(join(folder, MANIFEST)));
    return isManifest(value) ? value : new Error(`${MANIFEST} is not a manifest of this version of Podium`);
  } catch (error) {
    return new Error(`${MANIFEST} cannot be read: ${briefly(error)}`);
  }
}

function isManifest(value: unknown): value is Manifest {
  if (!isRecord(value)) return false;
  const texts = [value.host, value.tensorflowVersion, value.source, value.request];
  return (
    value.format === 1 &&
    (value.kind === 'tensorflow' || value.kind === 'addons') &&
    texts.every((text) => typeof text === 'string') &&
    typeof value.gpu === 'boolean' &&
    isRecord(value.madeOf) &&
    isKeptFiles(value.files) &&
    (value.libraryFolder === undefined || typeof value.libraryFolder === 'string')
  );
}

function isKeptFiles(value: unknown): value is KeptFiles {
  return (
    isRecord(value) &&
    Object.entries(value).every(
      ([path, file]) =>
        !isAbsolute(path) &&
        !path.split('/').includes('..') &&
        isRecord(file) &&
        typeof file.bytes === 'number' &&
        typeof file.modified === 'number' &&
        typeof file.sha256 === 'string' &&
        /^[0-9a-f]{64}$/.test(file.sha256),
    )
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
