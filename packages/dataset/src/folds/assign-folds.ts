import { fail, PodiumError, Rng } from '@podium/core';
import type { Manifest } from '../manifest/manifest.ts';
import { classesOf, labelOf, numbersOf, softLabelOf } from '../manifest/row-labels.ts';
import type { Head, ManifestRow } from '../manifest/types.ts';
import type { FoldInput } from './fold-method.ts';
import { foldMethods } from './methods/index.ts';
import { quantileBins } from './quantile-bins.ts';
import { UnionFind } from './union-find.ts';

/** The fold of each row: it validates the row. */
export interface Folds {
  readonly count: number;
  /** Fold per id. */
  readonly of: ReadonlyMap<string, number>;
}

export interface FoldOptions {
  /** A name in `foldMethods`. Default: {@link chooseFoldMethod}. */
  readonly method?: string;
  /** At least 2. */
  readonly folds: number;
  readonly seed: string | number;
  /** Heads to balance; for several heads, the combinations of their classes. Default: the first head. */
  readonly heads?: readonly string[];
  /** More sets of ids that belong together besides groups, such as near duplicates. */
  readonly together?: Iterable<readonly string[]>;
}

/** The method for the data: it keeps groups together, balances classes, and supports several labels per row if needed. */
export function chooseFoldMethod(
  manifest: Manifest,
  options: Omit<FoldOptions, 'folds' | 'seed'> = {},
): string {
  const isGrouped =
    manifest.rows.some(({ group }) => group !== undefined) || [...(options.together ?? [])].length > 0;
  if (isGrouped) return 'stratified-group';
  const isMulti = headsOf(manifest, options.heads).some(({ task }) => task === 'multi-label');
  return isMulti ? 'multi-label-stratified' : 'stratified';
}

/**
 * Assigns rows with true labels to folds. The result depends on ids, labels, groups, options and seed, but not on the order
 * of rows. External and pseudo-labeled rows get no fold: they never validate.
 * @throws PodiumError `folds-count` for fewer than 2 folds or more folds than groups, `folds-method` if the method would
 * split groups or does not support several labels per row, `folds-unknown-head`
 *
 * @example
 * const manifest = { heads: data.heads, rows: data.train };
 * const folds = assignFolds(manifest, { folds: 5, seed: 1 });
 * const { train, validation } = rowsOfFold(withFolds(manifest.rows, folds), 0);
 */
export function assignFolds(manifest: Manifest, options: FoldOptions): Folds {
  const { folds } = options;
  const together = [...(options.together ?? [])];
  const name = options.method ?? chooseFoldMethod(manifest, { ...options, together });
  const method = foldMethods.get(name);
  const heads = headsOf(manifest, options.heads);
  const rows = trueRows(manifest.rows);
  const input = { ...labelsOf(rows, heads), ...groupsOf(rows, together) };
  assertCount(folds, method.keepsGroups ? input.groups : rows.length, method.keepsGroups);
  if (!method.keepsGroups && input.groups < rows.length) {
    failMethod(name, 'a method that keeps groups together, since rows have groups', [
      'group',
      'stratified-group',
    ]);
  }
  if (!method.supportsMultiLabel && heads.some(({ task }) => task === 'multi-label')) {
    failMethod(name, 'a method that supports several labels per row', [
      'multi-label-stratified',
      'stratified-group',
    ]);
  }
  const assigned = method.assign(input, folds, Rng.fromSeed(options.seed).split('folds', name));
  return { count: folds, of: new Map(rows.map(({ id }, i) => [id, assigned[i]!])) };
}

/**
 * The rows with their folds. Other rows lose their previous fold.
 * @throws PodiumError `fold-missing` for a row with a true label but no fold
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
      fix: 'recompute the folds after changing rows',
    });
  });
}

/** Rows with true labels, sorted by id, so that the order of tables and folders does not matter. */
export function trueRows(rows: readonly ManifestRow[]): ManifestRow[] {
  const validating = rows.filter(({ provenance }) => provenance.kind === 'true');
  return validating.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

export function headsOf({ heads }: Manifest, names: readonly string[] | undefined): Head[] {
  if (names === undefined) return heads.slice(0, 1);
  return names.map(
    (name) =>
      heads.find((head) => head.name === name) ??
      fail({
        code: 'folds-unknown-head',
        message: 'no such head',
        expected: heads.map((head) => head.name),
        got: JSON.stringify(name),
      }),
  );
}

/**
 * Class numbers per row. For several heads, each combination of single-label classes is one class, besides the classes of
 * multi-label heads. Numbers are classes by size. Rows without a label are a separate class, so that they are balanced too.
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
  const single = heads.filter(({ task }) => task !== 'multi-label');
  const multi = heads.filter(({ task }) => task === 'multi-label');
  // Numbers follow the head's order of classes, not the order of rows.
  const [only] = single;
  if (single.length === 1 && only!.task === 'single-label') for (const name of only!.classes) number(name);
  const bins = new Map(
    single
      .filter(({ task }) => task === 'regression')
      .map((head) => [head, quantileBins(rows.map((row) => numbersOf(row, head.name)))]),
  );
  if (single.length === 1 && bins.size === 1)
    for (let bin = 0; bin <= Math.max(...bins.get(only!)!); bin++) number(binName(bin));
  const nameOf = (head: Head, row: ManifestRow, at: number) => {
    const bin = bins.get(head)?.[at];
    return bin === undefined ? singleLabel(row, head) : binName(bin);
  };
  for (const head of multi) for (const name of head.classes) number(multiName(head, name, heads));
  const labels = rows.map((row, at) => {
    const numbersOfRow: number[] = [];
    if (single.length > 0) numbersOfRow.push(number(single.map((head) => nameOf(head, row, at)).join(' | ')));
    for (const head of multi) {
      for (const name of multiLabels(row, head)) numbersOfRow.push(number(multiName(head, name, heads)));
    }
    return numbersOfRow;
  });
  return { labels, classes: numbers.size, names: [...numbers.keys()] };
}

function binName(bin: number): string {
  return bin < 0 ? '(no label)' : `size ${bin + 1}`;
}

function multiName(head: Head, name: string, heads: readonly Head[]): string {
  return heads.length === 1 ? name : `${head.name}: ${name}`;
}

function singleLabel(row: ManifestRow, head: Head): string {
  const soft = softLabelOf(row, head.name);
  if (soft !== undefined) return head.classes[soft.indexOf(Math.max(...soft))]!;
  const label = labelOf(row, head.name);
  return typeof label === 'string' ? label : '(no label)';
}

function multiLabels(row: ManifestRow, head: Head): readonly string[] {
  const soft = softLabelOf(row, head.name);
  if (soft !== undefined) return head.classes.filter((_, k) => soft[k]! >= 0.5);
  return classesOf(row, head.name);
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
    const indices = new Map(rows.map(({ id }, i) => [id, i]));
    for (const ids of together) {
      // Sets may contain test and external rows, which get no fold.
      const known = ids.map((id) => indices.get(id)).filter((index) => index !== undefined);
      for (const index of known.slice(1)) sets.union(known[0]!, index);
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

function assertCount(folds: number, max: number, grouped: boolean): void {
  if (Number.isInteger(folds) && folds >= 2 && folds <= max) return;
  fail({
    code: 'folds-count',
    path: { key: 'folds' },
    expected: `a whole number from 2 to ${max}, the number of ${grouped ? 'groups' : 'rows'}`,
    got: String(folds),
    fix: max < 2 ? 'add data: there is too little for folds' : 'use fewer folds',
  });
}

function failMethod(name: string, expected: string, others: readonly string[]): never {
  return fail({
    code: 'folds-method',
    path: { key: 'method' },
    expected,
    got: name,
    fix: `choose ${others.join(' or ')}`,
  });
}
