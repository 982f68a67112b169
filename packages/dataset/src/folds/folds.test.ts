import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CAT_DOG, row } from '../../test/rows.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ManifestRow } from '../manifest/types.ts';
import { assignFolds, chooseFoldMethod, withFolds } from './assign-folds.ts';
import { readFolds, writeFolds } from './fold-files.ts';
import { foldQuality } from './fold-quality.ts';
import { foldMethods } from './methods/index.ts';

/** A manifest from numbers of rows: one row per group, one column per class. */
function fromGroups(groups: readonly (readonly number[])[]): Manifest {
  const classes = groups[0]!.map((_, k) => `c${k}`);
  const rows = groups.flatMap((counts, g) =>
    counts.flatMap((count, k) =>
      Array.from({ length: count }, (_, i) => row(`${g}-${k}-${i}`, `c${k}`, { group: `g${g}` })),
    ),
  );
  return { heads: [{ name: 'label', task: 'single-label', classes }], rows };
}

function ungrouped(counts: readonly number[]): Manifest {
  const manifest = fromGroups([counts]);
  return { ...manifest, rows: manifest.rows.map(({ group: _, ...rest }) => rest) };
}

const asObject = (manifest: Manifest, options: Parameters<typeof assignFolds>[1]) =>
  Object.fromEntries([...assignFolds(manifest, options).of].sort());

describe.each(foldMethods.names())('%s', (method) => {
  const { keepsGroups } = foldMethods.get(method);
  const manifest = keepsGroups
    ? fromGroups(Array.from({ length: 12 }, (_, g) => [g % 3, 2]))
    : ungrouped([31, 7]);

  test('assigns every row to a fold, and rows to every fold', () => {
    const { sizes, splitGroups } = foldQuality(
      manifest,
      assignFolds(manifest, { method, folds: 5, seed: 1 }),
    );
    expect(sizes.reduce((a, b) => a + b)).toBe(manifest.rows.length);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(splitGroups).toEqual([]);
  });

  test('depends on the seed, but not on the order of rows', () => {
    const options = { method, folds: 3, seed: 7 };
    const first = asObject(manifest, options);
    expect(asObject({ ...manifest, rows: [...manifest.rows].reverse() }, options)).toEqual(first);
    expect(asObject({ ...manifest, rows: Rng.fromSeed(3).shuffle(manifest.rows) }, options)).toEqual(first);
    const others = [8, 9, 10].map((seed) => JSON.stringify(asObject(manifest, { ...options, seed })));
    expect(others.some((other) => other !== JSON.stringify(first))).toBe(true);
  });
});

const groupsOfRows = fc.array(
  fc.record({ group: fc.integer({ min: 0, max: 12 }), label: fc.constantFrom('cat', 'dog') }),
  { minLength: 30, maxLength: 120 },
);

test.each(['group', 'stratified-group'])('%s keeps groups and sets in one fold', (method) => {
  fc.assert(
    fc.property(groupsOfRows, fc.integer(), fc.integer({ min: 2, max: 4 }), (items, seed, folds) => {
      const rows = items.map(({ group, label }, i) =>
        row(`${i}`, label, group === 0 ? {} : { group: `${group}` }),
      );
      fc.pre(new Set(rows.map((r) => r.group ?? r.id)).size >= folds + 4);
      const together = [
        ['0', '5', 'not a row'],
        ['5', '9'],
      ];
      const result = assignFolds({ heads: [CAT_DOG], rows }, { method, folds, seed, together });
      const foldOf = new Map<string, number>();
      for (const { id, group } of rows) {
        const fold = result.of.get(id)!;
        expect(foldOf.get(group ?? `row ${id}`) ?? fold).toBe(fold);
        foldOf.set(group ?? `row ${id}`, fold);
      }
      expect(result.of.get('9')).toBe(result.of.get('0'));
      expect(new Set(result.of.values()).size).toBe(folds);
    }),
    { seed: 1, numRuns: 60 },
  );
});

test('stratified: class counts and fold sizes differ by at most one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 2, max: 5 }),
      (counts, folds) => {
        fc.pre(counts.reduce((a, b) => a + b) >= folds);
        const manifest = ungrouped(counts);
        const { classes, sizes } = foldQuality(
          manifest,
          assignFolds(manifest, { method: 'stratified', folds, seed: 1 }),
        );
        for (const own of [sizes, ...classes.map((item) => item.counts)]) {
          expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(1);
        }
      },
    ),
    { seed: 1, numRuns: 60 },
  );
});

interface Recorded {
  readonly cases: readonly {
    readonly name: string;
    readonly folds: number;
    readonly groups: readonly (readonly number[])[];
    readonly sklearn: readonly (readonly [number, number])[];
  }[];
}
const RECORDED = JSON.parse(
  readFileSync(new URL('../../test/fixtures/stratified-group-k-fold.json', import.meta.url), 'utf8'),
) as Recorded;
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

test("stratified-group balances classes as well as scikit-learn's StratifiedGroupKFold, and sizes better", () => {
  const ratios: number[] = [];
  const [spread, theirSpread]: [number[], number[]] = [[], []];
  for (const { name, folds, groups, sklearn } of RECORDED.cases) {
    const manifest = fromGroups(groups);
    const quality = foldQuality(
      manifest,
      assignFolds(manifest, { method: 'stratified-group', folds, seed: 1 }),
    );
    const theirs = mean(sklearn.map(([deviation]) => deviation));
    ratios.push(quality.deviation / theirs);
    expect(quality.deviation, `${name}, ${folds} folds`).toBeLessThan(theirs * 1.02 + 1e-9);
    spread.push(Math.max(...quality.sizes) - Math.min(...quality.sizes));
    theirSpread.push(mean(sklearn.map(([, size]) => size)));
  }
  expect(mean(ratios)).toBeLessThan(0.9);
  expect(mean(spread)).toBeLessThan(mean(theirSpread));
});

interface RecordedLabels {
  readonly cases: readonly {
    readonly name: string;
    readonly folds: number;
    readonly rows: readonly string[];
    readonly reference: readonly (readonly [number, number])[];
  }[];
}
const LABELS = JSON.parse(
  readFileSync(new URL('../../test/fixtures/multi-label-stratified.json', import.meta.url), 'utf8'),
) as RecordedLabels;

test('multi-label-stratified balances as the Python package iterative-stratification does', () => {
  const ratios: number[] = [];
  for (const { name, folds, rows: digits, reference } of LABELS.cases) {
    const classes = [...digits[0]!].map((_, k) => `t${k}`);
    const rows = digits.map((text, i) =>
      row(String(i).padStart(4, '0'), undefined, {
        labels: { tags: classes.filter((_, k) => text[k] === '1') },
      }),
    );
    const manifest: Manifest = { heads: [{ name: 'tags', task: 'multi-label', classes }], rows };
    const ours = [1, 2, 3, 4].map(
      (seed) => foldQuality(manifest, assignFolds(manifest, { folds, seed })).deviation,
    );
    ratios.push(mean(ours) / mean(reference.map(([deviation]) => deviation)));
    expect(ratios.at(-1), `${name}, ${folds} folds`).toBeLessThan(1.2);
  }
  expect(mean(ratios)).toBeLessThan(1.05);
});

test('multi-label-stratified spreads rare labels better than chance', () => {
  const rng = Rng.fromSeed(5);
  const classes = Array.from({ length: 12 }, (_, k) => `t${k}`);
  const rows = Array.from({ length: 400 }, (_, i) => {
    const tags = classes.filter((_, k) => rng.float() < 0.4 / (k + 1) ** 1.2);
    return row(String(i).padStart(3, '0'), undefined, { labels: { tags } });
  });
  const manifest: Manifest = { heads: [{ name: 'tags', task: 'multi-label', classes }], rows };
  const deviation = (method: string) =>
    mean(
      [1, 2, 3].map(
        (seed) => foldQuality(manifest, assignFolds(manifest, { method, folds: 5, seed })).deviation,
      ),
    );
  expect(deviation('multi-label-stratified')).toBeLessThan(deviation('k-fold') / 3);
  expect(deviation('stratified-group')).toBeLessThan(deviation('k-fold') / 3);
  const { sizes } = foldQuality(manifest, assignFolds(manifest, { folds: 5, seed: 1 }));
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(4);
});

test('the default method depends on the data', () => {
  const manifest = ungrouped([4, 4]);
  expect(chooseFoldMethod(manifest)).toBe('stratified');
  expect(chooseFoldMethod(fromGroups([[2], [2]]))).toBe('stratified-group');
  expect(chooseFoldMethod(manifest, { together: [['0-0-0', '0-0-1']] })).toBe('stratified-group');
});

test('combinations of several heads are balanced', () => {
  const heads = [CAT_DOG, { name: 'sex', task: 'single-label', classes: ['f', 'm'] }] as const;
  const rows = Array.from({ length: 40 }, (_, i) =>
    row(`${i}`, undefined, { labels: { label: i % 2 ? 'cat' : 'dog', sex: i % 4 < 2 ? 'f' : 'm' } }),
  );
  const manifest: Manifest = { heads, rows };
  const both = { heads: ['label', 'sex'] };
  const { classes } = foldQuality(manifest, assignFolds(manifest, { folds: 5, seed: 1, ...both }), both);
  expect(classes.map(({ name, counts }) => [name, counts])).toContainEqual(['cat | m', [2, 2, 2, 2, 2]]);
});

test('only rows with true labels get folds; soft labels count by their largest probability', () => {
  const rows: ManifestRow[] = [
    ...ungrouped([4, 4]).rows,
    row('soft', undefined, { softLabels: { label: [0.1, 0.9] } }),
    row('none', undefined),
    row('external', 'c0', { fold: 3, provenance: { kind: 'external', source: 'web' } }),
  ];
  const manifest: Manifest = { ...ungrouped([4, 4]), rows };
  const folds = assignFolds(manifest, { folds: 2, seed: 1 });
  expect(folds.of.size).toBe(10);
  const result = withFolds(rows, folds);
  expect(result.at(-1)).not.toHaveProperty('fold');
  expect(result.every(({ provenance, fold }) => (provenance.kind === 'true') === (fold !== undefined))).toBe(
    true,
  );
  const { classes } = foldQuality(manifest, folds);
  expect(classes.map(({ name, rows: count }) => [name, count])).toEqual([
    ['c0', 4],
    ['c1', 5],
    ['(no label)', 1],
  ]);
  expect(() => withFolds([row('new', 'c0')], folds)).toThrow('the row "new" has no fold');
});

test.each([
  ['one fold', { folds: 1 }, 'expected a whole number from 2 to 8'],
  ['more folds than groups', { folds: 3, grouped: true }, 'from 2 to 2, the number of groups'],
  [
    'a method that splits groups',
    { folds: 2, method: 'stratified', grouped: true },
    'choose group or stratified-group',
  ],
  ['an unknown method', { folds: 2, method: 'stratifed' }, 'did you mean "stratified"?'],
  ['an unknown head', { folds: 2, heads: ['lable'] }, 'did you mean "label"?'],
])(
  'rejects %s',
  (_, {
    grouped,
    ...options
  }: { folds: number; method?: string; heads?: string[]; grouped?: boolean }, message) => {
    const manifest = grouped
      ? fromGroups([
          [2, 2],
          [2, 2],
        ])
      : ungrouped([4, 4]);
    expect(() => assignFolds(manifest, { seed: 1, ...options })).toThrow(message);
  },
);

test('folds.csv has one row per id, sorted, and can be read back', async () => {
  const path = join(temporaryFolder(), 'folds.csv');
  const manifest = fromGroups([
    [2, 2],
    [1, 3],
    [2, 1],
  ]);
  const folds = assignFolds(manifest, { folds: 3, seed: 1 });
  await writeFolds(path, folds);
  const text = readFileSync(path, 'utf8');
  expect(text).toMatch(/^id,fold\n0-0-0,\d\n/);
  const back = await readFolds(path, manifest.rows);
  expect(back.count).toBe(3);
  expect(new Map([...back.of].sort())).toEqual(new Map([...folds.of].sort()));
});

test.each([
  ['an id without a row', 'id,fold\nzz,0\n', 'folds.csv:2 column "id"'],
  ['an id twice', 'id,fold\na,0\na,1\n', ':3 column "id": expected unique ids'],
  ['an invalid fold', 'id,fold\na,0.5\n', ':2 column "fold"'],
  ['a row without a fold', 'id,fold\na,0\nb,1\n', '1 of 3 rows have no fold, "c" first'],
  ['a gap', 'id,fold\na,0\nb,2\nc,2\n', 'got none in fold 1'],
  ['a group in two folds', 'id,fold\na,0\nb,1\nc,0\n', '"b" in fold 1, "c" in fold 0'],
  ['no fold column', 'id,flod\na,0\n', 'table-unknown-column'],
])('reading folds rejects %s', async (_, text, message) => {
  const path = join(temporaryFolder(), 'folds.csv');
  writeFileSync(path, text);
  const rows = [row('a', 'cat'), row('b', 'dog', { group: 'g' }), row('c', 'dog', { group: 'g' })];
  const failure = await readFolds(path, rows).catch((error) => error);
  expect(`${failure.code} ${failure.message}`).toContain(message);
});
