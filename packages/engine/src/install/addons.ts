import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { readText } from '@podium/core';
import { quotedIncludes } from './headers.ts';

/** A Node.js addon that is compiled against TensorFlow. */
export interface Addon {
  /** Name of the compiled file, without `.node`. */
  readonly name: string;
  /** Version of the sources' package. */
  readonly version: string;
  /** Folder of the C++ sources and their headers. */
  readonly sourceFolder: string;
  /** Files to compile, below `sourceFolder`. */
  readonly sources: readonly string[];
  /** A header that is included before the sources. */
  readonly prefix?: string;
  /** Optimized for this machine's CPU: for code that computes. Default: false. */
  readonly tuned?: boolean;
  /** Linked with TensorFlow's libraries, so that loading it loads them. Default: true. */
  readonly linked?: boolean;
  /** Podium works without it, so a failed compilation is only reported. Default: false. */
  readonly optional?: boolean;
}

/** Node-API version of the addons; every Node.js from 20 on supports it. */
export const NODE_API_VERSION = 8;

const require = createRequire(import.meta.url);
/** The folder that contains `native/`, next to `src/` and `dist/`. */
const packageRoot = join(import.meta.dirname, '..', '..');

/**
 * The addons to compile: first TensorFlow.js's own binding, with unchanged sources and a prefixed header that allows
 * lists of strings as attributes; then Podium's own.
 */
export function podiumAddons(): Addon[] {
  const packageFile = require.resolve('@tensorflow/tfjs-node-gpu/package.json');
  return [
    {
      name: 'tfjs_binding',
      version: (require(packageFile) as { version: string }).version,
      sourceFolder: join(dirname(packageFile), 'binding'),
      sources: ['tfjs_backend.cc', 'tfjs_binding.cc'],
      prefix: join(packageRoot, 'native', 'binding', 'list_attributes.h'),
    },
    { ...podiumAddon('ops'), tuned: true, optional: true },
    { ...podiumAddon('stderr'), linked: false, optional: true },
    { ...podiumAddon('jpeg'), linked: false, optional: true },
  ];
}

/** One of Podium's addons: all sources in a folder of `native/`. */
function podiumAddon(name: string): Addon {
  const sourceFolder = join(packageRoot, 'native', name);
  return {
    name: `podium_${name}`,
    version: (require(join(packageRoot, 'package.json')) as { version: string }).version,
    sourceFolder,
    sources: readdirSync(sourceFolder)
      .filter((file) => file.endsWith('.cc'))
      .sort(),
  };
}

/** The folder of Node-API's headers. */
export function nodeApiHeaders(): string {
  return (require('node-api-headers') as { include_dir: string }).include_dir;
}

/** TensorFlow's headers that the addons' sources include, and a hash of all sources and headers. */
export async function readAddonSources(
  addons: readonly Addon[],
): Promise<{ readonly tensorflowHeaders: readonly string[]; readonly sha256: string }> {
  const headers = new Set<string>();
  const hash = createHash('sha256');
  for (const { name, version, sourceFolder, prefix } of addons) {
    const files = (await readdir(sourceFolder)).filter((file) => /\.(cc|h)$/.test(file)).sort();
    const paths = files.map((file) => join(sourceFolder, file));
    for (const path of prefix === undefined ? paths : [prefix, ...paths]) {
      const file = basename(path);
      const text = await readText(path);
      hash.update(JSON.stringify([name, version, file, text]));
      for (const header of quotedIncludes(text)) if (header.startsWith('tensorflow/')) headers.add(header);
    }
  }
  return { tensorflowHeaders: [...headers].sort(), sha256: hash.digest('hex') };
}
