import { posix } from 'node:path';

/** The transitive includes of some sources. */
export interface HeaderClosure {
  /** Paths below the include folder, sorted. */
  readonly found: readonly string[];
  /** Included, but not found. */
  readonly missing: readonly string[];
}

/**
 * Follows `#include "..."` from `roots`. The list is computed, because TensorFlow moves headers between releases.
 * `read` returns a header's text by its path below the include folder, or undefined.
 */
export async function followIncludes(
  roots: Iterable<string>,
  read: (header: string) => Promise<string | undefined>,
): Promise<HeaderClosure> {
  const found = new Map<string, string>();
  const missing = new Set<string>();
  const queue: (readonly [name: string, includedBy: string])[] = [...roots].map((root) => [root, '']);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [name, includedBy] = next;
    // Look in the include folder and next to the including file, never outside.
    const candidates = [posix.normalize(name), posix.join(posix.dirname(includedBy), name)].filter(
      (path) => !path.startsWith('..') && !posix.isAbsolute(path),
    );
    if (candidates.some((path) => found.has(path))) continue;
    const header = await firstExisting(candidates, read);
    if (header === undefined) {
      missing.add(name);
      continue;
    }
    found.set(header.path, header.text);
    for (const included of quotedIncludes(header.text)) queue.push([included, header.path]);
  }
  return { found: [...found.keys()].sort(), missing: [...missing].sort() };
}

async function firstExisting(
  paths: readonly string[],
  read: (header: string) => Promise<string | undefined>,
): Promise<{ readonly path: string; readonly text: string } | undefined> {
  for (const path of paths) {
    const text = await read(path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

/** The quoted includes of a C or C++ source. */
export function quotedIncludes(source: string): string[] {
  return [...source.matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"/gm)].map((match) => match[1] ?? '');
}
