import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { onTestFinished } from 'vitest';
import { thisHost, wheelTarget } from '../../src/install/host.ts';
import { libraryNames } from '../../src/install/layout.ts';
import { readSettings } from '../../src/install/settings.ts';
import { FIXTURES } from './fake-addon.ts';

/*
 * A TensorFlow of a few kilobytes: two shared libraries and two headers, in wheels for pip, and an addon that is compiled
 * against it. Everything else in these tests is real: pip, the compiler, the loader, processes, disks.
 */

export const FAKE_VERSION = '2.21.0';

/** Name of the wheel's package for this machine. */
export function wheelProject(gpu = false): string {
  const target = wheelTarget(thisHost(), gpu);
  if ('unsupported' in target) throw new Error(target.unsupported);
  return target.project;
}

/** A folder that is removed when the test ends. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podium-install-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** The machine's actual Python interpreter, behind any shim. */
export function pythonPath(): string {
  return execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
}

/** Files of a fake `tensorflow` package, by path in a wheel; `api` is the name of its first library. */
export function tensorflowFiles(
  version: string = FAKE_VERSION,
  options: { readonly defines?: readonly string[]; readonly api?: string } = {},
): Record<string, Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'podium-fake-'));
  try {
    const { apis, framework } = libraryNames(process.platform);
    const source = join(FIXTURES, 'tensorflow');
    const link = (from: string, to: string, extra: string[]): Uint8Array => {
      const macName =
        process.platform === 'darwin' ? ['-install_name', `@rpath/${to}`] : [`-Wl,-soname,${to}`];
      const command = [
        '-shared',
        '-fPIC',
        ...(options.defines ?? []),
        `-I${join(source, 'include')}`,
        `-DFAKE_VERSION="${version}"`,
        ...macName,
      ];
      execFileSync('cc', [...command, join(source, from), ...extra, '-o', join(folder, to)]);
      return readFileSync(join(folder, to));
    };
    const frameworkBytes = link('framework.c', framework, []);
    const origin = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
    const api = options.api ?? apis[0] ?? '';
    const apiBytes = link('cc.c', api, [join(folder, framework), '-Xlinker', '-rpath', '-Xlinker', origin]);
    const headers = Object.fromEntries(
      readdirSync(join(source, 'include'), { recursive: true, withFileTypes: true })
        .filter((item) => item.isFile())
        .map((item) => join(item.parentPath, item.name))
        .map((path) => [`tensorflow/include/${relative(join(source, 'include'), path)}`, readFileSync(path)]),
    );
    return {
      [`tensorflow/${api}`]: apiBytes,
      [`tensorflow/${framework}`]: frameworkBytes,
      ...headers,
      'tensorflow/__init__.py': new TextEncoder().encode(`__version__ = '${version}'\n`),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Bytes of a wheel: the files, METADATA, WHEEL and a RECORD with hashes. */
export function wheelBytes(
  project: string,
  version: string,
  files: Record<string, Uint8Array>,
  options: { readonly requires?: readonly string[]; readonly record?: (record: string) => string } = {},
): Uint8Array {
  const info = `${project.replaceAll('-', '_')}-${version}.dist-info`;
  const text = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(`${lines.join('\n')}\n`);
  const requires = (options.requires ?? []).map((requirement) => `Requires-Dist: ${requirement}`);
  const all: Record<string, Uint8Array> = {
    ...files,
    [`${info}/METADATA`]: text([
      'Metadata-Version: 2.1',
      `Name: ${project}`,
      `Version: ${version}`,
      ...requires,
    ]),
    [`${info}/WHEEL`]: text([
      'Wheel-Version: 1.0',
      'Generator: test',
      'Root-Is-Purelib: true',
      'Tag: py3-none-any',
    ]),
  };
  const rows = Object.entries(all).map(([path, bytes]) => {
    const hash = createHash('sha256').update(bytes).digest('base64url');
    return `${path},sha256=${hash},${bytes.length}`;
  });
  const record = [...rows, `${info}/RECORD,,`].join('\n');
  const zip: Zippable = {
    ...all,
    [`${info}/RECORD`]: text([options.record?.(record) ?? record]),
  };
  return zipSync(zip, { level: 1 });
}

/** Writes a wheel to a folder that pip searches with --find-links; returns its path. */
export function writeWheel(folder: string, project: string, version: string, bytes: Uint8Array): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${project.replaceAll('-', '_')}-${version}-py3-none-any.whl`);
  writeFileSync(path, bytes);
  return path;
}

let files: Record<string, Uint8Array> | undefined;

/** The wheel that an installation on this machine downloads. */
export function goodWheel(): Uint8Array {
  files ??= tensorflowFiles();
  return wheelBytes(wheelProject(), FAKE_VERSION, files);
}

/** With two more megabytes of incompressible data: long enough to be interrupted. */
export function longWheel(): Uint8Array {
  files ??= tensorflowFiles();
  return wheelBytes(wheelProject(), FAKE_VERSION, {
    ...files,
    'tensorflow/rest.bin': randomBytes(2_000_000),
  });
}

/** A sandbox for one test: home, cache, a folder of wheels, and a pip that uses nothing else. */
export interface Sandbox {
  readonly folder: string;
  /** Cache of TensorFlow. */
  readonly cache: string;
  readonly wheels: string;
  readonly env: NodeJS.ProcessEnv;
}

export function makeSandbox(
  options: { readonly wheel?: Uint8Array | null; readonly folder?: string } = {},
): Sandbox {
  const folder = options.folder ?? temporaryFolder();
  const wheels = join(folder, 'wheels');
  // Hides a TensorFlow of the machine's Python.
  const python = join(folder, 'python');
  for (const path of [join(folder, 'home'), wheels, python]) mkdirSync(path);
  writeFileSync(join(python, 'tensorflow.py'), '');
  const wheel = options.wheel === undefined ? goodWheel() : options.wheel;
  if (wheel !== null) writeWheel(wheels, wheelProject(), FAKE_VERSION, wheel);
  const env = {
    PATH: process.env.PATH,
    HOME: join(folder, 'home'),
    PODIUM_CACHE: join(folder, 'cache'),
    PYTHONPATH: python,
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: wheels,
    PIP_RETRIES: '0',
    // No server: the upstream installer reaches nothing.
    TFJS_NODE_BASE_URI: 'http://127.0.0.1:2/',
    TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:2/',
  };
  return { folder, cache: readSettings(env).cacheFolder, wheels, env };
}
