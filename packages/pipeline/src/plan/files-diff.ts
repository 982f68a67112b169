import type { SourceFile } from '../sources/identity.ts';

/** Files that differ between two states of a folder, as sorted paths. */
export interface FilesChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export function diffFiles(before: readonly SourceFile[], now: readonly SourceFile[]): FilesChange {
  const oldHashes = new Map(before.map(({ path, sha256 }) => [path, sha256]));
  const paths = new Set(now.map(({ path }) => path));
  return {
    added: now.filter(({ path }) => !oldHashes.has(path)).map(({ path }) => path),
    removed: before.filter(({ path }) => !paths.has(path)).map(({ path }) => path),
    changed: now
      .filter(({ path, sha256 }) => oldHashes.has(path) && oldHashes.get(path) !== sha256)
      .map(({ path }) => path),
  };
}

/** `2 changed (a.jpg, b.jpg), 1 removed (c.jpg)`. */
export function renderFilesChange(change: FilesChange): string {
  const parts = (['changed', 'added', 'removed'] as const).flatMap((kind) => {
    const paths = change[kind];
    if (paths.length === 0) return [];
    const shown = paths.slice(0, 3).join(', ');
    return [`${paths.length} ${kind} (${shown}${paths.length > 3 ? ', ...' : ''})`];
  });
  return parts.join(', ');
}
