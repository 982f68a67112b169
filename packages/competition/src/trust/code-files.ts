import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { compareCodeUnits, fileError, hashBytes, PodiumError, readBytes } from '@podium/core';

/** A file of code, and what it says. */
export interface CodeFile {
  /** Absolute, with links resolved. */
  readonly file: string;
  readonly sha256: string;
}

/** `from './x'`, `import './x'`, `import('./x')`, `require('./x')`: what a module loads by a relative path. */
const IMPORT = /\b(?:from|import|require)\s*\(?\s*(["'`])(\.{1,2}\/[^"'`\n]+)\1/g;
const ENDINGS = ['', '.ts', '.js', '.mts', '.mjs', '.cts', '.cjs', '.json', '/index.ts', '/index.js'];
const MAX_FILES = 500;
const MAX_BYTES = 16 << 20;

/**
 * Modules, and the modules that they import by relative paths, sorted by path: what runs if they run. A module that computes
 * what it loads is found itself, and so whoever reads it sees that.
 * @throws PodiumError file errors; `user-code` for too many
 */
export async function codeFiles(modules: readonly string[]): Promise<CodeFile[]> {
  const found = new Map<string, CodeFile>();
  const waiting = [...modules];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = await realpath(path).catch((error: unknown) => {
      throw fileError(error, path!, 'read');
    });
    if (found.has(file)) continue;
    const bytes = await readBytes(file, { maxBytes: MAX_BYTES });
    found.set(file, { file, sha256: hashBytes(bytes) });
    if (found.size > MAX_FILES) throw tooMany(file);
    for (const [, , specifier] of bytes.toString('utf8').matchAll(IMPORT)) {
      const imported = await existing(resolve(dirname(file), specifier!));
      if (imported !== undefined) waiting.push(imported);
    }
  }
  return [...found.values()].sort((a, b) => compareCodeUnits(a.file, b.file));
}

/** As modules are resolved: with the usual endings; `./x.js` may be written as `./x.ts`. */
async function existing(path: string): Promise<string | undefined> {
  const candidates = [...ENDINGS.map((ending) => path + ending), path.replace(/\.([cm]?)js$/, '.$1ts')];
  for (const candidate of candidates)
    if ((await stat(candidate).catch(() => undefined))?.isFile()) return candidate;
  return undefined;
}

function tooMany(file: string): PodiumError {
  return new PodiumError({
    code: 'user-code',
    path: { file },
    message: `these are more than ${MAX_FILES} modules, which nobody can read`,
    fix: 'keep your code in one file',
  });
}
