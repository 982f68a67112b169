import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, ownerOf, processName, removeTree, writeFileAtomic } from '@podium/core';
import { writeTable } from '@podium/dataset';
import { fileExists } from '../file-exists.ts';
import type { Demo, DemoContext, DemoSize } from './demo.ts';

/** The files of a demo. */
export interface PreparedDemo {
  /** `data/<name>`: the competition. */
  readonly folder: string;
  /** `data/<name>.yaml`. */
  readonly settings: string;
  /** `data/<name>.answers.csv`: outside the folder, so that a run cannot see it. */
  readonly answers: string;
}

/**
 * Writes the competition of a demo to `data/<name>`, with its settings and hidden answers beside it. Existing files stay,
 * so you can edit the settings. The folder appears only once it is complete.
 * @param root `data`
 * @throws PodiumError those of the demo, and if files cannot be written
 */
export async function prepareDemo(
  demo: Demo,
  root: string,
  size: DemoSize,
  context: DemoContext,
): Promise<PreparedDemo> {
  const name = demo.folderName(size);
  const folder = join(root, name);
  const settings = join(root, `${name}.yaml`);
  const answers = join(root, `${name}.answers.csv`);
  try {
    await mkdir(root, { recursive: true });
    await removePartialFolders(root);
    if (!(await fileExists(folder)) || !(await fileExists(answers))) {
      context.terminal.log(`writing ${folder}`);
      const partial = join(root, `${PARTIAL}${processName()}`);
      try {
        await mkdir(partial);
        const rows = await demo.write(partial, size, context);
        await removeTree(folder);
        await writeTable(answers, ['id', 'label', 'group'], rows);
        await rename(partial, folder);
      } finally {
        await removeTree(partial);
      }
    }
    if (!(await fileExists(settings))) await writeFileAtomic(settings, demo.settings(name, name));
  } catch (error) {
    throw fileError(error, root, 'write');
  }
  return { folder, settings, answers };
}

const PARTIAL = '.making-';

/** Removes the folders of killed processes. */
async function removePartialFolders(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (name.startsWith(PARTIAL) && ownerOf(name.slice(PARTIAL.length)) === 'dead')
      await removeTree(join(root, name));
  }
}
