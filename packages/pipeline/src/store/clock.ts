import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { processName, removeFile, writeMark } from '@podium/core';

/** Prefix of probe files; the name of the process follows. */
export const CLOCK = '.clock-';

/**
 * The time in ns, by the clock that stamps the files in `folder`: on a shared disk, another machine's clock. Undefined
 * if the folder is not writable.
 */
export async function fileSystemTime(folder: string, root: string = folder): Promise<bigint | undefined> {
  const probe = join(folder, `${CLOCK}${processName()}`);
  try {
    await writeMark(probe, 'x', { root });
    return (await lstat(probe, { bigint: true })).mtimeNs;
  } catch {
    return undefined;
  } finally {
    await removeFile(probe, { root }).catch(() => {});
  }
}
