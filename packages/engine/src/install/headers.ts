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
    // A quoted include is looked for from the include folder and beside the file that has it.
    const beside = posix.join(posix.dirname(includedBy), name);
    if (found.has(name) || found.has(beside)) continue;
    let path = name;
    let text = await read(name);
    if (text === undefined && beside !== name && !beside.startsWith('..')) {
      path = beside;
      text = await read(beside);
    }
    if (text === undefined) {
      missing.add(name);
      continue;
    }
    found.set(path, text);
    for (const included of quotedIncludes(text)) queue.push([included, path]);
  }
  return { found: [...found.keys()].sort(), missing: [...missing].sort() };
}

/** What a C or C++ source includes in quotes. */
export function quotedIncludes(source: string): string[] {
  return [...source.matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"/gm)].map((match) => match[1] ?? '');
}
