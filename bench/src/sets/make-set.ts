import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { processName, removeTree } from '@podium/core';
import { writeTable } from '@podium/dataset';
import type { ImageSet } from './image-set.ts';

/** The files of a set, as the demos have them. */
export interface MadeSet {
  /** The competition. */
  readonly folder: string;
  /** Beside it, so that nothing that reads the competition sees them. */
  readonly answers: string;
}

/** Makes a set once, in `root`. The folder appears only once it is complete. */
export async function makeSet(set: ImageSet, root: string): Promise<MadeSet> {
  const [folder, answers] = [join(root, set.name), join(root, `${set.name}.answers.csv`)];
  if (existsSync(folder) && existsSync(answers)) return { folder, answers };
  const partial = join(root, `.making-${processName()}`);
  try {
    await mkdir(partial, { recursive: true });
    const rows = await set.write(partial);
    await writeTable(answers, ['id', 'label', 'group'], rows);
    await removeTree(folder);
    await rename(partial, folder);
  } finally {
    await removeTree(partial);
  }
  return { folder, answers };
}
