import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/*
 * Copies what the engine uses of tfjs-node-gpu (its binding's C++ sources and its kernels) beside the build, where the built
 * code finds it first. As a dependency it would run an install script wherever the engine is installed, which downloads
 * hundreds of megabytes, and bring old packages with known faults.
 */
const from = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json'));
const to = join(import.meta.dirname, '..', 'dist', 'node_modules', '@tensorflow', 'tfjs-node-gpu');
const { name, version, license, repository } = JSON.parse(
  await readFile(join(from, 'package.json'), 'utf8'),
) as Record<string, unknown>;

await rm(to, { recursive: true, force: true });
for (const folder of ['binding', 'dist'])
  await cp(join(from, folder), join(to, folder), {
    recursive: true,
    filter: (path) => !/_test\.|\.d\.ts$|run_tests\./.test(path),
  });
await cp(join(from, 'README.md'), join(to, 'README.md'));
await cp(join(import.meta.dirname, '../../../licenses/Apache-2.0.txt'), join(to, 'LICENSE'));
await writeFile(
  join(to, 'package.json'),
  `${JSON.stringify({ name, version, license, repository }, null, 2)}\n`,
);
