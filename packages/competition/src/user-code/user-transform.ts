import { pathToFileURL } from 'node:url';
import * as augment from '@podium/augment';
import type { ImageTransform } from '@podium/core';
import * as core from '@podium/core';
import { createJiti } from 'jiti';

interface Argument {
  readonly file: string;
  readonly name: string;
  readonly argument?: unknown;
}

/** For the loader's workers: a transform of your own, whose module may be TypeScript. */
export function userTransform({ file, name, argument }: Argument): ImageTransform {
  // Workers compute nothing with tensors: of Podium's packages, only these two are loaded there.
  const virtualModules = { '@podium/augment': augment, '@podium/core': core };
  const jiti = createJiti(pathToFileURL(file).href, { fsCache: false, virtualModules });
  const exports = jiti(file) as Record<string, unknown>;
  const make = exports[name];
  if (typeof make === 'function') return make(argument) as ImageTransform;
  throw new core.PodiumError({
    code: 'user-code',
    path: { file, key: name },
    message: 'the settings name a function that this file does not export',
    expected: Object.keys(exports),
    got: JSON.stringify(name),
    fix: 'export a function that takes the argument and returns { apply(image, rng) }',
  });
}
