import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from '@podium/core';
import { followIncludes } from './headers.ts';

/** Paths of a TensorFlow. */
export interface Layout {
  readonly libraryFolder: string;
  readonly includeFolder: string;
  /** File names of the shared libraries to link with, in this order. */
  readonly libraries: readonly [api: string, framework: string];
  /** Whether its metadata say that it is a CUDA build. */
  readonly cuda: boolean;
}

/**
 * Finds TensorFlow in a folder: the `tensorflow` folder of a wheel, its parent folder, a cache entry, or an unpacked
 * release of libtensorflow with `lib` and `include`.
 *
 * @returns the layout, or what is missing
 */
export async function recognizeLayout(
  folder: string,
  os: NodeJS.Platform,
  headerRoots: Iterable<string>,
): Promise<Layout | { readonly missing: string }> {
  const { apis, framework } = libraryNames(os);
  for (const [libraryFolder, includeFolder] of [
    [folder, join(folder, 'include')],
    [join(folder, 'tensorflow'), join(folder, 'tensorflow', 'include')],
    [join(folder, 'lib'), join(folder, 'include')],
  ] as const) {
    const api = await firstFile(libraryFolder, apis);
    if (api === undefined) continue;
    if (!(await isFile(join(libraryFolder, framework)))) {
      return { missing: `${libraryFolder} has ${api} but not ${framework}` };
    }
    const { missing } = await followIncludes(headerRoots, (header) => textOf(join(includeFolder, header)));
    if (missing.length > 0) {
      return { missing: `${includeFolder} lacks ${missing.length} header(s), first ${missing[0]}` };
    }
    return {
      libraryFolder,
      includeFolder,
      libraries: [api, framework],
      cuda: await isCudaBuild(libraryFolder),
    };
  }
  return { missing: `${folder} contains neither ${apis.join(' nor ')}, directly or in tensorflow or lib` };
}

/** Names of TensorFlow's shared libraries: wheels contain the C++ library, releases of libtensorflow the C library. */
export function libraryNames(os: NodeJS.Platform): {
  readonly apis: readonly string[];
  readonly framework: string;
} {
  return os === 'darwin'
    ? {
        apis: ['libtensorflow_cc.2.dylib', 'libtensorflow.2.dylib'],
        framework: 'libtensorflow_framework.2.dylib',
      }
    : { apis: ['libtensorflow_cc.so.2', 'libtensorflow.so.2'], framework: 'libtensorflow_framework.so.2' };
}

/** Python packages contain their build settings; for other folders only loading them tells. */
async function isCudaBuild(folder: string): Promise<boolean> {
  const text = await textOf(join(folder, 'python', 'platform', 'build_info.py'));
  return /is_cuda_build["']\s*[,:]\s*True/.test(text ?? '');
}

async function firstFile(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) if (await isFile(join(folder, name))) return name;
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function textOf(path: string): Promise<string | undefined> {
  return await readText(path).catch(() => undefined);
}
