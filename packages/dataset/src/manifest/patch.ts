import { PodiumError, parseJson, readText, writeFileAtomic } from '@podium/core';
import { checkRows } from './check-rows.ts';
import type { Manifest } from './manifest.ts';
import { labelOf, softLabelOf } from './row-labels.ts';
import type { Label, ManifestRow } from './types.ts';

const FORMAT = 'podium-patch/1';

/** The rows that a change is for. */
export type PatchSplit = 'train' | 'test';

/**
 * One change to one row. `old` is the state of the row when the change was proposed. Training and test rows may have the
 * same ids; without `split`, a change is for a training row.
 */
export type PatchEntry = { readonly split?: PatchSplit } & RowChange;

type RowChange =
  | { readonly action: 'drop'; readonly id: string; readonly old: RowState; readonly reason: string }
  | {
      readonly action: 'relabel';
      readonly id: string;
      readonly head: string;
      /** Null: no label. */
      readonly old: Label | null;
      readonly new: Label | null;
      readonly reason: string;
    }
  | {
      readonly action: 'regroup';
      readonly id: string;
      /** Null: no group. */
      readonly old: string | null;
      readonly new: string | null;
      readonly reason: string;
    };

/** The state in which a row must still be to be dropped. */
export interface RowState {
  readonly path: string;
  readonly labels: Readonly<Record<string, Label>>;
}

/** Changes to a manifest, for review. The competition's files are not changed. */
export interface Patch {
  readonly entries: readonly PatchEntry[];
}

/** The state that a drop records. */
export function rowState(row: ManifestRow): RowState {
  return { path: row.image.path, labels: row.labels };
}

/**
 * Applies a patch: all of its changes to rows of a split, or none. Rows keep their order.
 * @param split whose rows the manifest has
 * @throws PodiumError `patch-stale` if a row is missing, has changed since the patch was made, or is changed twice in the
 * same way; `manifest-malformed` if a new label is not a class
 */
export function applyPatch<M extends Manifest>(
  manifest: M,
  patch: Patch,
  file?: string,
  split: PatchSplit = 'train',
): M {
  const byId = new Map(manifest.rows.map((row) => [row.id, row]));
  const changed = new Map<string, ManifestRow | undefined>();
  const touched = new Set<string>();
  for (const [index, entry] of patch.entries.entries()) {
    if ((entry.split ?? 'train') !== split) continue;
    const place = { index, file };
    const key = JSON.stringify([entry.action, entry.id, entry.action === 'relabel' ? entry.head : '']);
    if (touched.has(key)) stale(entry, place, `one ${entry.action} per row`, 'a second one');
    touched.add(key);
    const original = byId.get(entry.id);
    if (original === undefined) return stale(entry, place, 'a row with this id', 'none');
    const row = changed.has(entry.id) ? changed.get(entry.id) : original;
    if (row === undefined) return stale(entry, place, 'a row that is kept', 'a row that the patch drops');
    changed.set(entry.id, changedRow(row, entry, place));
  }
  const rows = manifest.rows.flatMap((row) => {
    if (!changed.has(row.id)) return [row];
    const result = changed.get(row.id);
    return result === undefined ? [] : [result];
  });
  checkRows(rows, manifest.heads, file);
  return { ...manifest, rows };
}

interface Place {
  readonly index: number;
  readonly file: string | undefined;
}

function changedRow(row: ManifestRow, entry: PatchEntry, place: Place): ManifestRow | undefined {
  switch (entry.action) {
    case 'drop':
      assertSame(entry, place, entry.old, rowState(row));
      return undefined;
    case 'relabel': {
      assertSame(entry, place, entry.old, labelOf(row, entry.head) ?? null);
      const { [entry.head]: _, ...labels } = row.labels;
      // A soft label takes precedence over a label, so it would silently undo the change.
      if (softLabelOf(row, entry.head) !== undefined)
        return stale(entry, place, 'no soft label for this head', 'one');
      const { softLabels = {}, ...rest } = row;
      return {
        ...rest,
        labels: entry.new === null ? labels : { ...labels, [entry.head]: entry.new },
        ...(Object.keys(softLabels).length > 0 && { softLabels }),
      };
    }
    case 'regroup': {
      assertSame(entry, place, entry.old, row.group ?? null);
      const { group: _, ...rest } = row;
      return entry.new === null ? rest : { ...rest, group: entry.new };
    }
  }
}

function assertSame(entry: PatchEntry, place: Place, recorded: unknown, now: unknown): void {
  const [a, b] = [sortedText(recorded), sortedText(now)];
  if (a !== b) stale(entry, place, `${a}, as it was when the patch was made`, b);
}

function sortedText(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

function stale(entry: PatchEntry, { index, file }: Place, expected: string, got: string): never {
  throw new PodiumError({
    code: 'patch-stale',
    message: `change ${index + 1} (${entry.action} of ${JSON.stringify(entry.id)}) does not apply`,
    ...(file !== undefined && { path: { file } }),
    expected,
    got,
    fix: 'recreate the patch from the current data, or remove this change',
  });
}

/**
 * The patch that undoes the relabels and regroups of `patch`, for the patched manifest. To restore dropped rows, remove the
 * drops from the patch: the competition's files still have them.
 */
export function reversePatch(patch: Patch): Patch {
  const entries = patch.entries.flatMap((entry): PatchEntry[] => {
    if (entry.action === 'drop') return [];
    return [{ ...entry, old: entry.new, new: entry.old, reason: `undo: ${entry.reason}` } as PatchEntry];
  });
  return { entries: entries.reverse() };
}

/** Writes a patch as JSON with one change per line, so that people can read, shorten and compare it. */
export async function writePatch(path: string, patch: Patch): Promise<void> {
  const entries = patch.entries.map((entry) => `    ${JSON.stringify(entry)}`);
  const list = entries.length === 0 ? '[]' : `[\n${entries.join(',\n')}\n  ]`;
  await writeFileAtomic(path, `{\n  "format": "${FORMAT}",\n  "entries": ${list}\n}\n`);
}

/** @throws PodiumError `patch-malformed` naming the change; `file-not-found` and other file errors */
export async function readPatch(path: string): Promise<Patch> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    return malformed(path, 'entries', 'JSON', (error as Error).message);
  }
  const { format, entries } = (value ?? {}) as { format?: unknown; entries?: unknown };
  if (format !== FORMAT) malformed(path, 'format', `"${FORMAT}"`, JSON.stringify(format) ?? 'nothing');
  if (!Array.isArray(entries)) return malformed(path, 'entries', 'a list of changes', typeof entries);
  for (const [i, entry] of entries.entries()) {
    if (!isEntry(entry)) {
      malformed(
        path,
        `entries[${i}]`,
        'action drop|relabel|regroup with id, old, new and reason; split train|test',
        (JSON.stringify(entry) ?? 'nothing').slice(0, 120),
      );
    }
  }
  return { entries: entries as PatchEntry[] };
}

function isEntry(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Record<string, unknown>;
  if (entry.split !== undefined && entry.split !== 'train' && entry.split !== 'test') return false;
  if (typeof entry.id !== 'string' || typeof entry.reason !== 'string') return false;
  const isText = (item: unknown) => item === null || typeof item === 'string';
  const isLabel = (item: unknown) =>
    isText(item) ||
    (Array.isArray(item) && item.every((part) => typeof part === 'string' || typeof part === 'number'));
  if (entry.action === 'regroup') return isText(entry.old) && isText(entry.new);
  if (entry.action === 'relabel')
    return typeof entry.head === 'string' && isLabel(entry.old) && isLabel(entry.new);
  if (entry.action !== 'drop' || typeof entry.old !== 'object' || entry.old === null) return false;
  const { path, labels } = entry.old as Record<string, unknown>;
  return (
    typeof path === 'string' &&
    typeof labels === 'object' &&
    labels !== null &&
    Object.values(labels).every(isLabel)
  );
}

function malformed(file: string, key: string, expected: string, got: string): never {
  throw new PodiumError({
    code: 'patch-malformed',
    path: { file, key },
    expected,
    got,
    fix: 'correct it, or recreate the patch',
  });
}
