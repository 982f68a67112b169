import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/*
 * Copies the build of this package, and of every package of the workspace that it needs, to `bundle`. So one tarball
 * holds the whole command line, and installing it asks a registry only for other people's packages.
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
