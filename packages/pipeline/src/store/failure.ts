import { fileError, PodiumError } from '@podium/core';

/** What went wrong with writing to a store, as an error that names the store and says what to do. */
export function storeError(error: unknown, folder: string): unknown {
  const described = fileError(error, folder, 'write');
  if (!(described instanceof PodiumError)) return error;
  if (described.code === 'disk-full') {
    return new PodiumError(
      {
        code: 'disk-full',
        path: { file: folder },
        message: 'the disk of the store is full',
        fix: 'free some space, or let the store remove what was used least; what is finished is kept, so start again after that',
      },
      { cause: error },
    );
  }
  if (described.code !== 'file-not-writable') return described;
  return new PodiumError(
    {
      code: 'store-not-writable',
      path: { file: folder },
      message: 'nothing new can be kept in the store: its folder may be read only',
      fix: 'make the folder writable, or choose another one for the store',
    },
    { cause: error },
  );
}

/** The operating system's code of an error, or of what caused it: `ENOSPC`. */
export function systemCode(error: unknown): string | undefined {
  const origin = error instanceof PodiumError ? error.cause : error;
  return origin instanceof Error ? (origin as NodeJS.ErrnoException).code : undefined;
}
