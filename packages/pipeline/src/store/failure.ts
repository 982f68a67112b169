import { fileError, PodiumError } from '@podium/core';

/** Describes a failed write to a store, with the store's folder and a fix. */
export function storeError(error: unknown, folder: string): unknown {
  const described = fileError(error, folder, 'write');
  if (!(described instanceof PodiumError)) return error;
  if (described.code === 'disk-full') {
    return new PodiumError(
      {
        code: 'disk-full',
        path: { file: folder },
        message: 'the disk of the store is full',
        fix: 'free some space, or have the store remove its least recently used results, then start again: finished work is kept',
      },
      { cause: error },
    );
  }
  if (described.code !== 'file-not-writable') return described;
  return new PodiumError(
    {
      code: 'store-not-writable',
      path: { file: folder },
      message: 'the store is not writable: its folder may be read-only',
      fix: 'make the folder writable, or choose another one for the store',
    },
    { cause: error },
  );
}

/** The operating system's code of an error or of its cause: `ENOSPC`. */
export function systemCode(error: unknown): string | undefined {
  const origin = error instanceof PodiumError ? error.cause : error;
  return origin instanceof Error ? (origin as NodeJS.ErrnoException).code : undefined;
}
