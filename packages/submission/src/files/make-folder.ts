import { access, constants, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileError, inFolder } from '@podium/core';

/**
 * Creates a folder and its parents.
 * @param root the folder, or one above it: no link below it is followed
 * @throws PodiumError `link-refused`, `file-not-writable` and the other codes of `fileError`
 */
export async function makeFolder(folder: string, root: string = folder): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
    await inFolder(root, resolve(folder), async () => {}, { create: true });
  } catch (error) {
    throw fileError(await causeOf(error, folder), folder, 'write');
  }
}

/** On a read-only disk, Node.js reports ENOENT for a nested folder; access to the parent gives the real cause. */
async function causeOf(error: unknown, folder: string): Promise<unknown> {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error;
  for (let parent = dirname(resolve(folder)); ; parent = dirname(parent)) {
    const denied = await access(parent, constants.W_OK).catch((reason: NodeJS.ErrnoException) => reason);
    if (denied === undefined) return error;
    if (denied.code !== 'ENOENT') return denied;
    if (dirname(parent) === parent) return error;
  }
}
