import { join } from 'node:path';
import { cacheRoot } from '@podium/engine/install';

/** The folder of what benchmarks download and generate. */
export function benchCache(): string {
  return join(cacheRoot(process.env), 'bench');
}
