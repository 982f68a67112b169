import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The workspace's root folder. */
export const root: string = resolve(import.meta.dirname, '..', '..', '..');

export interface Room {
  /** Its folder below the root: `packages/core`. */
  readonly folder: string;
  /** Its name: `@podium/core`. */
  readonly name: string;
  readonly manifest: Manifest;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Every workspace, sorted by folder. */
export function rooms(): Room[] {
  return files(/^((packages|apps)\/[^/]+|bench|examples)\/package\.json$/).map((file) => {
    const manifest = JSON.parse(read(file)) as Manifest;
    return { folder: file.replace(/\/package\.json$/, ''), name: manifest.name, manifest };
  });
}

/** Files below the root whose path matches, with `/` between folders, sorted; what npm, git and builds make is left out. */
export function files(pattern: RegExp, folder = ''): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && !MADE.has(entry.name)) found.push(...files(pattern, path));
    if (entry.isFile() && pattern.test(path)) found.push(path);
  }
  return found.sort();
}

const MADE: ReadonlySet<string> = new Set(['node_modules', 'dist', 'bundle', 'coverage', '.turbo', '.git']);

export function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** A TypeScript source without its comments and template literals, which may hold programs of their own. */
export function codeOf(source: string): string {
  return source.replaceAll(/`(?:\\[\s\S]|[^`\\])*`|\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, (match) =>
    match.startsWith('`') ? '``' : '',
  );
}

/** What a TypeScript source imports or re-exports, statically or by `import()`: the specifiers as written. */
export function importsOf(source: string): string[] {
  const statements =
    /^\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;
  return [...codeOf(source).matchAll(statements)].map(
    (match) => (match[1] ?? match[2] ?? match[3]) as string,
  );
}
