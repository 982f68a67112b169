import type { SourceFile } from '../sources/identity.ts';

/** Which files differ between two states of a folder, by path, in the order of code units. */
export interface FilesChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export function diffFiles(before: readonly SourceFile[], now: readonly SourceFile[]): FilesChange {
  const old = new Map(before.map(({ path, sha256 }) => [path, sha256]));
  const paths = new Set(now.map(({ path }) => path));
  return {
    added: now.filter(({ path }) => !old.has(path)).map(({ path }) => path),
    removed: before.filter(({ path }) => !paths.has(path)).map(({ path }) => path),
    changed: now
      .filter(({ path, sha256 }) => old.has(path) && old.get(path) !== sha256)
      .map(({ path }) => path),
  };
}

/** `2 changed (a.jpg, b.jpg), 1 removed (c.jpg)`. */
export function renderFilesChange(change: FilesChange): string {
  const parts = (['changed', 'added', 'removed'] as const).flatMap((kind) => {
    const paths = change[kind];
    if (paths.length === 0) return [];
    const some = paths.slice(0, 3).join(', ');
    return [`${paths.length} ${kind} (${some}${paths.length > 3 ? ', ...' : ''})`];
  });
  return parts.join(', ');
}
