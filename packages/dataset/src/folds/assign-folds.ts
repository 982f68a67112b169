import { PodiumError, Rng } from '@podium/core';
import type { Manifest } from '../manifest/manifest.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';
import type { FoldInput } from './fold-method.ts';
import { foldMethods } from './methods/index.ts';
import { UnionFind } from './union-find.ts';

/** Which fold validates on which row. */
export interface Folds {
  readonly count: number;
  /** By id. */
  readonly of: ReadonlyMap<string, number>;
}

export interface FoldOptions {
  /** A name of the registry of fold methods. Default: {@link chooseFoldMethod}'s. */
  readonly method?: string;
  /** 2 or more. */
  readonly folds: number;
  readonly seed: string | number;
  /** Heads to balance; of several, the combinations of their classes. Default: the first. */
  readonly heads?: readonly string[];
  /** Sets of ids that belong together besides the rows' own groups: near duplicates, say. */
  readonly together?: Iterable<readonly string[]>;
}

/** The method that fits the data: groups stay whole, classes are balanced, several labels a row are allowed for. */
export function chooseFoldMethod(
  manifest: Manifest,
  options: Omit<FoldOptions, 'folds' | 'seed'> = {},
): string {
  const grouped =
    manifest.rows.some(({ group }) => group !== undefined) || [...(options.together ?? [])].length > 0;
  if (grouped) return 'stratified-group';
  const multi = headsOf(manifest, options.heads).some(({ task }) => task === 'multi-label');
  return multi ? 'multi-label-stratified' : 'stratified';
}

/**
 * Deals the rows with true labels out to folds. The result depends on ids, labels, groups, options and seed, and not on
 * the order of the rows. External and pseudo-labeled rows get no fold: they never validate.
 * @throws PodiumError `folds-count` for fewer than 2 folds or more folds than groups, `folds-method` where the method
 * would tear groups apart or cannot take several labels a row, `folds-unknown-head`, `folds-unknown-id`.
 */
export function assignFolds(manifest: Manifest, options: FoldOptions): Folds {
  const { folds } = options;
  const together = [...(options.together ?? [])];
  const name = options.method ?? chooseFoldMethod(manifest, { ...options, together });
  const method = foldMethods.get(name);
  const heads = headsOf(manifest, options.heads);
  const rows = trueRows(manifest.rows);
  const input = { ...labelsOf(rows, heads), ...groupsOf(rows, together) };
  checkCount(folds, method.keepsGroups ? input.groups : rows.length, method.keepsGroups);
  if (!method.keepsGroups && input.groups < rows.length) {
    methodFault(name, 'a method that keeps groups whole, since rows have groups', [
      'group',
      'stratified-group',
    ]);
  }
  if (!method.takesMultiLabel && heads.some(({ task }) => task === 'multi-label')) {
    methodFault(name, 'a method for rows with several labels', [
      'multi-label-stratified',
      'stratified-group',
    ]);
  }
  const dealt = method.deal(input, folds, Rng.fromSeed(options.seed).split('folds', name));
  return { count: folds, of: new Map(rows.map(({ id }, i) => [id, dealt[i]!])) };
}

/**
 * The rows with their folds; those without one lose what they had.
 * @throws PodiumError `fold-missing` for a row with a true label that has none.
 */
export function withFolds(rows: readonly ManifestRow[], folds: Folds): ManifestRow[] {
  return rows.map((row) => {
    const { fold: _, ...rest } = row;
    if (row.provenance.kind !== 'true') return rest;
    const fold = folds.of.get(row.id);
    if (fold !== undefined) return { ...rest, fold };
    throw new PodiumError({
      code: 'fold-missing',
      message: `the row ${JSON.stringify(row.id)} has no fold`,
      expected: 'a fold for every row with a true label',
      fix: 'make the folds after the last change to the rows',
    });
  });
}

/** Rows that validate, by id: the order of a table or a folder must not matter. */
export function trueRows(rows: readonly ManifestRow[]): ManifestRow[] {
  const own = rows.filter(({ provenance }) => provenance.kind === 'true');
  return own.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

export function headsOf({ heads }: Manifest, names: readonly string[] | undefined): Head[] {
  if (names === undefined) return heads.slice(0, 1);
  return names.map(
    (name) =>
      heads.find((head) => head.name === name) ??
      fail({
        code: 'folds-unknown-head',
        message: 'there is no such head',
        expected: heads.map((head) => head.name),
        got: JSON.stringify(name),
      }),
  );
}

/**
 * Class numbers a row. Several heads: single-label ones make one class of each combination that occurs; labels of
 * multi-label ones stand beside it. Rows without a label are a class of their own, so that they too are spread.
 */
export function labelsOf(
  rows: readonly ManifestRow[],
  heads: readonly Head[],
): Pick<FoldInput, 'labels' | 'classes'> & { readonly names: readonly string[] } {
  const numbers = new Map<string, number>();
  const number = (name: string) => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, numbers.size);
    return numbers.size - 1;
  };
  const single = heads.filter(({ task }) => task === 'single-label');
  const multi = heads.filter(({ task }) => task === 'multi-label');
  // Numbers follow the head's order of classes, whatever rows come first.
  if (single.length === 1) for (const name of single[0]!.classes) number(name);
  for (const head of multi) for (const name of head.classes) number(multiName(head, name, heads));
  const labels = rows.map((row) => {
    const own: number[] = [];
    if (single.length > 0) own.push(number(single.map((head) => singleLabel(row, head)).join(' | ')));
    for (const head of multi) {
      for (const name of multiLabels(row, head)) own.push(number(multiName(head, name, heads)));
    }
    return own;
  });
  return { labels, classes: numbers.size, names: [...numbers.keys()] };
}

function multiName(head: Head, name: string, heads: readonly Head[]): string {
  return heads.length === 1 ? name : `${head.name}: ${name}`;
}

function singleLabel(row: ManifestRow, head: Head): string {
  const soft = row.softLabels?.[head.name];
  if (soft !== undefined) return head.classes[soft.indexOf(Math.max(...soft))]!;
  const label = row.labels[head.name];
  return typeof label === 'string' ? label : '(no label)';
}

function multiLabels(row: ManifestRow, head: Head): readonly string[] {
  const soft = row.softLabels?.[head.name];
  if (soft !== undefined) return head.classes.filter((_, k) => soft[k]! >= 0.5);
  const label = row.labels[head.name];
  return label === undefined || typeof label === 'string' ? [] : label;
}

function groupsOf(
  rows: readonly ManifestRow[],
  together: readonly (readonly string[])[],
): Pick<FoldInput, 'groupOf' | 'groups'> {
  const sets = new UnionFind(rows.length);
  const first = new Map<string, number>();
  for (const [i, { group }] of rows.entries()) {
    if (group === undefined) continue;
    const before = first.get(group);
    if (before === undefined) first.set(group, i);
    else sets.union(before, i);
  }
  if (together.length > 0) {
    const places = new Map(rows.map(({ id }, i) => [id, i]));
    for (const ids of together) {
      // Test and external rows may be in a set; they get no fold.
      const known = ids.map((id) => places.get(id)).filter((place) => place !== undefined);
      for (const place of known.slice(1)) sets.union(known[0]!, place);
    }
  }
  const numbers = new Map<number, number>();
  const groupOf = Int32Array.from(rows, (_, i) => {
    const root = sets.find(i);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
  return { groupOf, groups: numbers.size };
}

function checkCount(folds: number, most: number, grouped: boolean): void {
  if (Number.isInteger(folds) && folds >= 2 && folds <= most) return;
  fail({
    code: 'folds-count',
    path: { key: 'folds' },
    expected: `a whole number from 2 to ${most}, the number of ${grouped ? 'groups' : 'rows'}`,
    got: String(folds),
    fix: most < 2 ? 'there is too little data for folds' : 'ask for fewer folds',
  });
}

function methodFault(name: string, expected: string, others: readonly string[]): never {
  return fail({
    code: 'folds-method',
    path: { key: 'method' },
    expected,
    got: name,
    fix: `choose ${others.join(' or ')}`,
  });
}

function fail(problem: ConstructorParameters<typeof PodiumError>[0]): never {
  throw new PodiumError(problem);
}
