import { pathToFileURL } from 'node:url';
import * as augment from '@podium/augment';
import * as core from '@podium/core';
import { type ImageTransform, PodiumError } from '@podium/core';
import { createJiti } from 'jiti';

interface Argument {
  readonly file: string;
  readonly name: string;
  readonly argument?: unknown;
}

/** For the loader's workers: a transform of the user's, whose module may be TypeScript. */
export function ownTransform({ file, name, argument }: Argument): ImageTransform {
  // Workers compute nothing with tensors: they have these two of Podium's packages loaded, and nothing more.
  const virtualModules = { '@podium/augment': augment, '@podium/core': core };
  const jiti = createJiti(pathToFileURL(file).href, { fsCache: false, virtualModules });
  const exports = jiti(file) as Record<string, unknown>;
  const make = exports[name];
  if (typeof make === 'function') return make(argument) as ImageTransform;
  throw new PodiumError({
    code: 'own-code',
    path: { file, key: name },
    message: 'what the settings name is no exported function',
    expected: Object.keys(exports),
    got: JSON.stringify(name),
    fix: 'export a function that takes the argument and gives { apply(image, rng) }',
  });
}
