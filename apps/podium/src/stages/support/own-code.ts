import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PodiumError } from '@podium/core';
import { createJiti } from 'jiti';

/**
 * What a module of the user's exports under a name: a model, a transform, a stage. TypeScript is taken as it is.
 * @throws PodiumError `own-code` naming the file and what it does export
 */
export async function importOwn(file: string, name: string): Promise<(...given: never[]) => unknown> {
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = await createJiti(pathToFileURL(file).href, { fsCache: false }).import(file);
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
