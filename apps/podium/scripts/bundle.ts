import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/*
 * Copies the build of this package, and of every package of the workspace that it needs, to `bundle`. So one tarball
 * holds the whole command line, and installing it asks a registry only for other people's packages. TensorFlow.js's builds
 * for Node.js are copied as well: as dependencies they would bring node-fetch 2, yargs 16 and an install script of core-js,
 * which nothing here runs.
 */
interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: unknown;
}

const app = resolve(import.meta.dirname, '..');
const workspace = resolve(app, '..', '..');
const bundle = join(app, 'bundle');
await rm(bundle, { recursive: true, force: true });

const done = new Set<string>();
async function add(folder: string): Promise<void> {
  if (done.has(folder)) return;
  done.add(folder);
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  const { devDependencies = {}, dependencies = {}, scripts: _, files = [], ...kept } = manifest;
  const target = join(bundle, 'node_modules', manifest.name);
  for (const entry of folder === app ? ['dist'] : files.filter((name) => !name.startsWith('!')))
    await cp(join(folder, entry), join(target, entry), {
      recursive: true,
      filter: (path) => !/\.(d\.ts|map|tsbuildinfo)$/.test(path),
    });
  await writeFile(join(target, 'package.json'), `${JSON.stringify({ ...kept, dependencies }, null, 2)}\n`);
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const [, room] = /^@podium\/(.+)$/.exec(name) ?? [];
    // Only packages are bundled; what tests alone need is private.
    if (room !== undefined && !(await isPrivate(room))) await add(join(workspace, 'packages', room));
  }
}

async function isPrivate(room: string): Promise<boolean> {
  const file = join(workspace, 'packages', room, 'package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as Manifest).private === true;
}

await add(app);

/** What of TensorFlow.js the builds for Node.js load, beside their files. */
const FILES: Readonly<Record<string, readonly string[]>> = { 'tfjs-backend-wasm': ['wasm-out'] };
const { resolve: find } = createRequire(import.meta.url);

for (const name of [
  'tfjs',
  'tfjs-backend-cpu',
  'tfjs-backend-wasm',
  'tfjs-backend-webgl',
  'tfjs-converter',
  'tfjs-core',
  'tfjs-data',
  'tfjs-layers',
]) {
  const from = dirname(find(`@tensorflow/${name}/package.json`));
  const target = join(bundle, 'node_modules', '@tensorflow', name);
  const { version, license, repository, main } = JSON.parse(
    await readFile(join(from, 'package.json'), 'utf8'),
  ) as Record<string, string>;
  for (const entry of [main!, 'README.md', ...(FILES[name] ?? [])])
    await cp(join(from, entry), join(target, entry), {
      recursive: true,
      filter: (path) => !/\.(d\.ts|map)$/.test(path),
    });
  await cp(join(workspace, 'licenses', 'Apache-2.0.txt'), join(target, 'LICENSE'));
  const kept = { name: `@tensorflow/${name}`, version, license, repository, main };
  await writeFile(join(target, 'package.json'), `${JSON.stringify(kept, null, 2)}\n`);
}

for (const file of ['LICENSE', 'THIRD-PARTY.md']) await cp(join(workspace, file), join(bundle, file));
