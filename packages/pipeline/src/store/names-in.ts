import { readdir } from 'node:fs/promises';
import { inFolder, PodiumError } from '@podium/core';
import type { Layout } from './layout.ts';

/**
 * The names in a folder of the store, sorted; none if it cannot be read.
 * @throws PodiumError `link-refused`
 */
export async function namesIn({ root }: Pick<Layout, 'root'>, folder: string): Promise<string[]> {
  try {
    return await inFolder(root, folder, async ({ self }) => (await readdir(self)).sort());
  } catch (error) {
    if (error instanceof PodiumError) throw error;
    return [];
  }
}
