import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PodiumError } from '@podium/core';
import { createJiti } from 'jiti';

/**
 * What a module of the user's exports; TypeScript is taken as it is. Whatever it imports of Podium is what this process has
 * loaded already, wherever the file lies: a second copy would have a TensorFlow engine and classes of its own.
 * @throws PodiumError `own-code` where it cannot be loaded
 */
export async function loadOwn(file: string): Promise<Readonly<Record<string, unknown>>> {
  const virtualModules = await ownModules();
  try {
    return await createJiti(pathToFileURL(file).href, { fsCache: false, virtualModules }).import(file);
  } catch (error) {
    throw new PodiumError(
      {
        code: 'own-code',
        path: { file },
        message: `it could not be loaded: ${error instanceof Error ? error.message : String(error)}`,
        fix: `mend ${basename(file)}; it has to run by itself`,
      },
      { cause: error },
    );
  }
}

/**
 * The function that a module of the user's exports under a name.
 * @throws PodiumError `own-code` naming the file and what it does export
 */
export async function importOwn(file: string, name: string): Promise<(...given: never[]) => unknown> {
  const exports = await loadOwn(file);
  const found = exports[name];
  if (typeof found === 'function') return found as (...given: never[]) => unknown;
  throw new PodiumError({
    code: 'own-code',
    path: { file, key: name },
    message: 'what the settings name is no exported function',
    expected: Object.keys(exports).filter((key) => typeof exports[key] === 'function'),
    got: JSON.stringify(name),
    fix: 'export a function of this name, or name another one in the settings',
  });
}

/** What code and settings of the user's may import, by name. */
export async function ownModules(): Promise<Record<string, unknown>> {
  return {
    '@podium/app': await import('../index.ts'),
    '@podium/augment': await import('@podium/augment'),
    '@podium/core': await import('@podium/core'),
    '@podium/dataset': await import('@podium/dataset'),
    '@podium/engine': await import('@podium/engine'),
    '@podium/ensemble': await import('@podium/ensemble'),
    '@podium/metrics': await import('@podium/metrics'),
    '@podium/model-zoo': await import('@podium/model-zoo'),
    '@podium/nn': await import('@podium/nn'),
    '@podium/pipeline': await import('@podium/pipeline'),
    '@podium/training': await import('@podium/training'),
    '@tensorflow/tfjs-core': await import('@tensorflow/tfjs-core'),
    zod: await import('zod'),
  };
}
