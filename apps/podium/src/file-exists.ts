import { access } from 'node:fs/promises';
import { PodiumError } from '@podium/core';

export async function fileExists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** @throws PodiumError with `code` if the file of `--out` exists and `--force` was not given */
export async function assertNewFile(
  path: string,
  { force = false, code }: { readonly force?: boolean; readonly code: string },
): Promise<void> {
  if (force || !(await fileExists(path))) return;
  throw new PodiumError({
    code,
    path: { file: path },
    message: 'this file already exists',
    fix: 'choose another file with --out, or overwrite it with --force',
  });
}
