import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { quotedIncludes } from './headers.ts';

/** A Node.js addon that is compiled against TensorFlow. */
export interface Addon {
  /** The compiled file's name, less `.node`. */
  readonly name: string;
  /** Version of the package that the sources belong to. */
  readonly version: string;
  /** Folder of the C++ sources and their own headers. */
  readonly sourceFolder: string;
  /** Files to compile, below `sourceFolder`. */
  readonly sources: readonly string[];
  /** A header that is included before the sources. */
  readonly prefix?: string;
  /** Compiled for this very CPU, at the compiler's highest level: for code that computes. */
  readonly tuned?: boolean;
  /** Linked against TensorFlow's libraries, so that loading it loads them. Default true. */
  readonly linked?: boolean;
  /** Whether the rest is of use without it: then a compiler that cannot make it is only noted. */
  readonly optional?: boolean;
}

/** Node-API version that the addons use; every Node.js from 20 on has it. */
export const NODE_API_VERSION = 8;

const require = createRequire(import.meta.url);
/** `native/` lies in it, beside `src/` and `dist/` alike. */
const packageRoot = join(import.meta.dirname, '..', '..');

/**
 * What is compiled for every TensorFlow. The first is TensorFlow.js's own binding, its sources unchanged, with a header
 * before them that lets attributes be lists of strings.
 * Podium's own addons join it here.
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
    { ...own('ops'), tuned: true, optional: true },
    { ...own('stderr'), linked: false, optional: true },
  ];
}

/** An addon of Podium's own: all sources in a folder of `native/`. */
function own(name: string): Addon {
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

/** The folder of Node-API's own headers. */
export function nodeApiHeaders(): string {
  return (require('node-api-headers') as { include_dir: string }).include_dir;
}

/** What the addons' sources say: which of TensorFlow's headers they include, and a hash of every source and header. */
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
      const text = await readFile(path, 'utf8');
      hash.update(JSON.stringify([name, version, file, text]));
      for (const header of quotedIncludes(text)) if (header.startsWith('tensorflow/')) headers.add(header);
    }
  }
  return { tensorflowHeaders: [...headers].sort(), sha256: hash.digest('hex') };
}
