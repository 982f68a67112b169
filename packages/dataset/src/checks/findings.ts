import type { ImageFault } from '../inspect/scan-image.ts';
import { type PatchEntry, rowState } from '../manifest/patch.ts';
import type { ManifestRow } from '../manifest/types.ts';
import type { CheckContext, Entry, EntrySplit, Finding, Severity } from './check.ts';

const MAX_SHOWN = 3;

/** `"a", "b", "c" and 12 more`. */
export function named(ids: readonly string[]): string {
  const shown = ids.slice(0, MAX_SHOWN).map((id) => JSON.stringify(id));
  if (ids.length > MAX_SHOWN) return `${shown.join(', ')} and ${ids.length - MAX_SHOWN} more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown.join('');
}

/** `1 image`, `2 images`. */
export function count(n: number, noun: string): string {
  return `${n} ${n === 1 ? noun : noun.endsWith('s') ? `${noun}es` : `${noun}s`}`;
}

export function idsOf(entries: readonly Entry[]): string[] {
  return entries.map(({ row }) => row.id);
}

/** Drops of the training rows among the entries; test rows always need a prediction. */
export function drops(entries: readonly Entry[], reason: string): PatchEntry[] {
  return entries
    .filter(({ split }) => split === 'train')
    .map(({ row }) => ({ action: 'drop', id: row.id, old: rowState(row), reason }));
}

/** All labels of a row as one text; undefined without labels. */
export function labelText(row: ManifestRow): string | undefined {
  const labels = Object.entries(row.labels).map(([head, label]) => [
    head,
    typeof label === 'string' ? label : [...label].sort(),
  ]);
  const soft = Object.entries(row.softLabels ?? {});
  if (labels.length === 0 && soft.length === 0) return undefined;
  return JSON.stringify([labels.sort(), soft.sort()]);
}

/** One finding of all images with one of these faults; none if there are no such images. */
export function faultFindings(
  context: CheckContext,
  check: string,
  kinds: readonly ImageFault['kind'][],
  severity: Severity,
  what: string,
  fix: string,
): Finding[] {
  const found = context.entries.filter(
    ({ scan }) => scan.fault !== undefined && kinds.includes(scan.fault.kind),
  );
  if (found.length === 0) return [];
  const first = found[0]!;
  const example = `${first.row.image.path} ${first.scan.fault?.message}`;
  const patch = drops(found, `${check}: ${what}`);
  return [
    {
      check,
      severity,
      message: `${count(found.length, 'image')} ${found.length === 1 ? 'is' : 'are'} ${what}: ${example}${found.length > 1 ? ', and others' : ''}`,
      rows: idsOf(found),
      fix,
      ...(patch.length > 0 && { suggestedPatch: patch }),
    },
  ];
}

/** The splits of the entries, without repeats. */
export function splitsOf(entries: readonly Entry[]): EntrySplit[] {
  return [...new Set(entries.map(({ split }) => split))];
}

/** The folds of the training rows among the entries, without repeats. */
export function foldsOf(entries: readonly Entry[]): number[] {
  return [
    ...new Set(
      entries.flatMap(({ split, row }) => (split === 'train' && row.fold !== undefined ? [row.fold] : [])),
    ),
  ];
}

/** Sets of indices as sets of entries. */
export function entrySets(context: CheckContext, sets: readonly (readonly number[])[]): Entry[][] {
  return sets.map((set) => set.map((index) => context.entries[index]!));
}

/** The sets with more than one image: near duplicates, not just copies. */
export function onlyNear(sets: readonly Entry[][]): Entry[][] {
  return sets.filter((set) => new Set(set.map(({ scan, row }) => scan.pixels ?? row.id)).size > 1);
}

/** One finding about sets of entries; none without sets. */
export function setFinding(
  sets: readonly (readonly Entry[])[],
  finding: Omit<Finding, 'rows' | 'sets'>,
): Finding[] {
  if (sets.length === 0) return [];
  return [{ ...finding, rows: sets.flatMap((set) => idsOf(set)), sets: sets.map((set) => idsOf(set)) }];
}
