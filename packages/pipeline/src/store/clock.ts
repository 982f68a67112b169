import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processName } from '@podium/core';

/** What the names of probes begin with; the name of the process follows. */
export const CLOCK = '.clock-';

/**
 * The time, in ns, by the clock that stamps the files in `folder`; on a shared disk that is another machine's.
 * Undefined where nothing can be written there.
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
