import { type ImageTransform, PodiumError } from '@podium/core';
import type { TransformModule } from './types.ts';

export function isModule(transform: TransformModule | ImageTransform): transform is TransformModule {
  return 'module' in transform;
}

/**
 * Creates the transform of a module.
 * @throws PodiumError `loader-transform` if the module cannot be loaded, has no such function, or the function returns no
 * transform
 */
export async function loadTransform({ module, factory, argument }: TransformModule): Promise<ImageTransform> {
  let exported: Record<string, unknown>;
  try {
    exported = (await import(module)) as Record<string, unknown>;
  } catch (error) {
    throw transformError(
      module,
      `the module cannot be loaded (${String(error)})`,
      'pass a URL, such as the result of import.meta.resolve(...)',
      error,
    );
  }
  const make = exported[factory];
  if (typeof make !== 'function') {
    throw new PodiumError({
      code: 'loader-transform',
      path: { file: module },
      message: 'the module has no such function',
      expected: Object.keys(exported).filter((name) => typeof exported[name] === 'function'),
      got: `"${factory}"`,
    });
  }
  const transform: unknown = await make(argument);
  if (typeof (transform as ImageTransform | undefined)?.apply === 'function')
    return transform as ImageTransform;
  throw transformError(module, `${factory}() did not return an ImageTransform`, 'return { apply, window? }');
}

function transformError(file: string, message: string, fix: string, cause?: unknown): PodiumError {
  return new PodiumError({ code: 'loader-transform', path: { file }, message, fix }, { cause });
}
