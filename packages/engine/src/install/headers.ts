import { posix } from 'node:path';

/** The C headers that some sources need, followed through their includes. */
export interface HeaderClosure {
  /** Paths below the include folder, sorted. */
  readonly found: readonly string[];
  /** Those that are included by name but are not there. */
  readonly missing: readonly string[];
}

/**
 * Follows `#include "..."` from `roots`. TensorFlow moves its headers from release to release; so the list is
 * computed and not written down. `read` gives a header's text by its path below the include folder, or undefined.
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
    // A quoted include is looked for from the include folder and beside the file that has it, never outside.
    const places = [posix.normalize(name), posix.join(posix.dirname(includedBy), name)].filter(
      (place) => !place.startsWith('..') && !posix.isAbsolute(place),
    );
    if (places.some((place) => found.has(place))) continue;
    const header = await firstThere(places, read);
    if (header === undefined) {
      missing.add(name);
      continue;
    }
    found.set(header.path, header.text);
    for (const included of quotedIncludes(header.text)) queue.push([included, header.path]);
  }
  return { found: [...found.keys()].sort(), missing: [...missing].sort() };
}

async function firstThere(
  paths: readonly string[],
  read: (header: string) => Promise<string | undefined>,
): Promise<{ readonly path: string; readonly text: string } | undefined> {
  for (const path of paths) {
    const text = await read(path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

/** What a C or C++ source includes in quotes. */
export function quotedIncludes(source: string): string[] {
  return [...source.matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"/gm)].map((match) => match[1] ?? '');
}
