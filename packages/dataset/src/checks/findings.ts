import type { ImageFault, ImageScan } from '../inspect/scan-image.ts';
import { type PatchEntry, rowState } from '../manifest/patch.ts';
import type { ManifestRow } from '../manifest/types.ts';
import type { CheckContext, Entry, EntrySplit, Finding } from './check.ts';

const MAX_SHOWN = 3;
const MAX_KINDS = 6;

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

export function idsOf(entries: readonly Pick<Entry, 'row'>[]): string[] {
  return entries.map(({ row }) => row.id);
}

/** The ids and splits of the entries, for a finding. */
export function rowsOf(entries: readonly Pick<Entry, 'row' | 'split'>[]): Pick<Finding, 'rows' | 'splits'> {
  return { rows: idsOf(entries), splits: entries.map(({ split }) => split) };
}

/** Drops of the training rows among the entries; test rows always need a prediction. */
export function drops(entries: readonly Entry[], reason: string): PatchEntry[] {
  return entries
    .filter(({ split }) => split === 'train')
    .map(({ row }) => ({ action: 'drop', id: row.id, old: rowState(row), reason }));
}

/** Drops of test rows that cannot be predicted. */
function testDrops(entries: readonly Entry[], reason: string): PatchEntry[] {
  return entries
    .filter(({ split }) => split === 'test')
    .map(({ row }) => ({ action: 'drop', split: 'test', id: row.id, old: rowState(row), reason }));
}

/** All labels of a row as one text; undefined without labels. */
export function labelText(row: ManifestRow): string | undefined {
  const labels = Object.entries(row.labels).map(([head, label]) => [
    head,
    // Numbers are in the order of their columns.
    typeof label === 'string' || typeof label[0] === 'number' ? label : [...label].sort(),
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
  what: string,
  fix: string,
): Finding[] {
  const found = context.entries.filter(
    ({ scan }) => scan.fault !== undefined && kinds.includes(scan.fault.kind),
  );
  if (found.length === 0) return [];
  // A format says more than that it cannot be read.
  const reasonOf = ({ fault }: ImageScan) =>
    `${check}: ${fault!.kind === 'unsupported' ? fault!.message.replace(/^is /, '') : what}`;
  const patch = found.flatMap((entry) => [
    ...drops([entry], reasonOf(entry.scan)),
    ...testDrops([entry], reasonOf(entry.scan)),
  ]);
  return [
    {
      check,
      severity: 'error',
      message: `${count(found.length, 'image')} ${found.length === 1 ? 'is' : 'are'} ${what}: ${examples(found, ({ fault }) => fault!.message)}`,
      ...rowsOf(found),
      fix,
      ...(patch.length > 0 && { suggestedPatch: patch }),
    },
  ];
}

/** One image per kind of message, with how many there are: `a.jp2 is JPEG 2000 (15 such), b.bmp is BMP (12 such)`. */
export function examples(found: readonly Entry[], messageOf: (scan: ImageScan) => string): string {
  const byMessage = new Map<string, Entry[]>();
  for (const entry of found) {
    // Messages differ in numbers: sizes, positions.
    const key = messageOf(entry.scan).replaceAll(/\d+/g, '0');
    const same = byMessage.get(key);
    if (same === undefined) byMessage.set(key, [entry]);
    else same.push(entry);
  }
  const kinds = [...byMessage.values()].sort((a, b) => b.length - a.length);
  const shown = kinds.slice(0, MAX_KINDS).map((same) => {
    const { row, scan } = same[0]!;
    const more = same.length > 1 ? ` (${same.length} such)` : '';
    return `${row.image.path} ${messageOf(scan)}${more}`;
  });
  return kinds.length > MAX_KINDS ? `${shown.join(', ')}, and others` : shown.join(', ');
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
  finding: Omit<Finding, 'rows' | 'splits' | 'sets'>,
): Finding[] {
  if (sets.length === 0) return [];
  return [{ ...finding, ...rowsOf(sets.flat()), sets: sets.map((set) => idsOf(set)) }];
}
