import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot } from '@podium/engine/install';

/** The folder of what benchmarks download and generate. */
export function benchCache(): string {
  return join(cacheRoot(process.env), 'bench');
}

/** Makes a folder once. It appears only once it is complete. */
export async function makeOnce(folder: string, fill: (made: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  const made = join(benchCache(), `making-${process.pid}`);
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { recursive: true });
  await fill(made);
  await rename(made, folder);
}
