import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, ownerOf, processName, writeFileAtomic } from '@podium/core';
import { writeTable } from '@podium/dataset';
import type { Demo, DemoContext, DemoSize } from './demo.ts';

/** A demonstration's files on this disk. */
export interface PreparedDemo {
  /** `data/<name>`: what a competitor is given. */
  readonly folder: string;
  /** `data/<name>.yaml`. */
  readonly settings: string;
  /** `data/<name>.answers.csv`: outside of the folder, so that nothing of Podium sees it before the end. */
  readonly answers: string;
}

/**
 * Writes a demonstration's competition into `data/<name>`, its settings and its hidden answers beside it. What is there
 * already stays as it is, so that settings can be changed; a folder is there whole or not at all.
 * @param root `data`
 * @throws PodiumError as the demonstration does, and where files cannot be written
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
    await removeHalfMade(root);
    if (!(await isThere(folder)) || !(await isThere(answers))) {
      context.terminal.say(`making ${folder}`);
      const making = join(root, `${MAKING}${processName()}`);
      try {
        await mkdir(making);
        const rows = await demo.write(making, size, context);
        await rm(folder, { recursive: true, force: true });
        await writeTable(answers, ['id', 'label', 'group'], rows);
        await rename(making, folder);
      } finally {
        await rm(making, { recursive: true, force: true });
      }
    }
    if (!(await isThere(settings))) await writeFileAtomic(settings, demo.settings(name, name));
  } catch (error) {
    throw fileError(error, root, 'write');
  }
  return { folder, settings, answers };
}

const MAKING = '.making-';

/** What killed processes left. */
async function removeHalfMade(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (name.startsWith(MAKING) && ownerOf(name.slice(MAKING.length)) === 'dead')
      await rm(join(root, name), { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
