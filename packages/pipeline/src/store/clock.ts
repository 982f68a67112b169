import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processName } from '@podium/core';

/** Prefix of probe files; the name of the process follows. */
export const CLOCK = '.clock-';

/**
 * The time in ns, by the clock that stamps the files in `folder`: on a shared disk, another machine's clock. Undefined
 * if the folder is not writable.
 */
export async function fileSystemTime(folder: string): Promise<bigint | undefined> {
  const probe = join(folder, `${CLOCK}${processName()}`);
  try {
    await writeFile(probe, 'x');
    return (await stat(probe, { bigint: true })).mtimeNs;
  } catch {
    return undefined;
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
}
