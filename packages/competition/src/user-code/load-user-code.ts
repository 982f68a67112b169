import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PodiumError } from '@podium/core';
import { createJiti } from 'jiti';

/**
 * The exports of a module of your own, in TypeScript or JavaScript. Whatever it imports from Podium is what this process has
 * loaded already, wherever the file is: a second copy would have its own TensorFlow engine and classes.
 * @throws PodiumError `user-code` if it cannot be loaded
 */
export async function loadUserModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  const virtualModules = await userModules();
  try {
    return await createJiti(pathToFileURL(file).href, { fsCache: false, virtualModules }).import(file);
  } catch (error) {
    throw new PodiumError(
      {
        code: 'user-code',
        path: { file },
        message: `it could not be loaded: ${error instanceof Error ? error.message : String(error)}`,
        fix: `correct ${basename(file)}; it must run by itself`,
      },
      { cause: error },
    );
  }
}

/**
 * An exported function of a module of your own.
 * @throws PodiumError `user-code` naming the file and what it does export
 */
export async function importUserFunction(
  file: string,
  name: string,
): Promise<(...given: never[]) => unknown> {
  const exports = await loadUserModule(file);
  const found = exports[name];
  if (typeof found === 'function') return found as (...given: never[]) => unknown;
  throw new PodiumError({
    code: 'user-code',
    path: { file, key: name },
    message: 'the settings name a function that this file does not export',
    expected: Object.keys(exports).filter((key) => typeof exports[key] === 'function'),
    got: JSON.stringify(name),
    fix: 'export a function of this name, or name another one in the settings',
  });
}

/** What your own code and settings may import, by name. */
export async function userModules(): Promise<Record<string, unknown>> {
  return {
    '@podium/augment': await import('@podium/augment'),
    '@podium/competition': await import('../index.ts'),
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
