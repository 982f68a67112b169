import { rmSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownerOf, processName, removeTree } from '@podium/core';

const PREFIX = '.podium-rebuild-';

/**
 * A new folder for a store, removed at the end, also where the process is told to end; what a killed one left is removed by the
 * next. It is beside the project, where there is room for results, or among temporary files if nothing may be written there.
 */
export async function withFreshStore<T>(project: string, use: (folder: string) => Promise<T>): Promise<T> {
  await removeLeft(project);
  const folder = await makeIn(project).catch(() => makeIn(tmpdir()));
  const removeNow = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', removeNow);
  try {
    return await use(folder);
  } finally {
    process.off('exit', removeNow);
    await removeTree(folder);
  }
}

async function makeIn(parent: string): Promise<string> {
  return await mkdtemp(join(parent, `${PREFIX}${processName()}-`));
}

async function removeLeft(project: string): Promise<void> {
  const found = await readdir(project, { withFileTypes: true }).catch(() => []);
  for (const item of found) {
    if (!item.isDirectory() || !item.name.startsWith(PREFIX)) continue;
    const owner = item.name.slice(PREFIX.length, item.name.lastIndexOf('-'));
    if (ownerOf(owner) === 'dead') await removeTree(join(project, item.name)).catch(() => {});
  }
}
