import { expect, test } from 'vitest';
import { compareLedger, spearman } from './compare-ledger.ts';
import type { LedgerRow } from './ledger.ts';

const row = (
  run: string,
  cv: number,
  half: number | undefined,
  more: Partial<LedgerRow> = {},
): LedgerRow => ({
  run,
  metric: 'accuracy',
  direction: 'higher',
  cv,
  ...(half !== undefined && { low: cv - half, high: cv + half }),
  ...more,
});

test('ranks by cross-validation and tells what is within noise of the best', () => {
  const { ranked, unranked, metric, direction } = compareLedger([
    row('a', 0.9, 0.01),
    row('b', 0.91, 0.01),
    row('c', 0.8, 0.01),
    row('d', 0.905, undefined),
    { run: 'by hand', public: 0.5 },
    row('loss', 0.3, 0.1, { metric: 'log-loss' }),
    row('e', 0.9, 0.02),
  ]);
  expect([metric, direction]).toEqual(['accuracy', 'higher']);
  expect(ranked.map((item) => [item.row.run, item.rank, item.withinNoise])).toEqual([
    ['b', 1, true],
    ['d', 2, undefined],
    ['a', 3, true],
    ['e', 3, true],
    ['c', 5, false],
  ]);
  expect(unranked.map(({ run }) => run)).toEqual(['by hand', 'loss']);
  expect(ranked.map(({ verdict }) => verdict)).toEqual([
    'best by cross-validation',
    '0.005 below b; without intervals, this may be noise',
    '0.01 below b: within noise (difference -0.0241 to 0.00414)',
    '0.01 below b: within noise (difference -0.0324 to 0.0124)',
    '0.11 below b: more than noise (difference -0.124 to -0.0959)',
  ]);
});

test('the lowest is best if lower is better', () => {
  const low = { metric: 'log-loss', direction: 'lower' } as const;
  const { ranked, public: correlation } = compareLedger([
    row('a', 0.5, 0.01, { ...low, public: 0.6 }),
    row('b', 0.4, 0.01, { ...low, public: 0.5 }),
    row('c', 0.3, 0.01, { ...low, public: 0.4 }),
    row('d', 0.2, 0.01, { ...low, public: 0.45 }),
  ]);
  expect(ranked.map((item) => [item.row.run, item.rank, item.publicRank])).toEqual([
    ['d', 1, 2],
    ['c', 2, 1],
    ['b', 3, 3],
    ['a', 4, 4],
  ]);
  expect(correlation?.rho).toBeCloseTo(0.8, 12);
  expect(correlation?.runs).toBe(4);
  expect(ranked[1]?.verdict).toMatch(/^0.1 above d: more than noise/);
});

test('a paired difference is used instead of two intervals', () => {
  const rows = [row('a', 0.9, 0.05), row('b', 0.91, 0.05)];
  expect(compareLedger(rows).ranked[1]?.withinNoise).toBe(true);
  const paired = (a: LedgerRow, b: LedgerRow) =>
    a.run === 'b' && b.run === 'a' ? { low: -0.012, high: -0.008 } : undefined;
  expect(compareLedger(rows, { paired }).ranked[1]).toMatchObject({
    withinNoise: false,
    verdict: '0.01 below b: more than noise (difference -0.012 to -0.008)',
  });
});

test('few scores, or equal ones, give no correlation', () => {
  const rows = [1, 2, 3, 4].map((i) =>
    row(`r${i}`, i / 10, 0.01, { public: 0.5, ...(i < 4 && { private: i }) }),
  );
  expect(compareLedger(rows)).toMatchObject({ public: undefined, private: undefined });
  expect(compareLedger([])).toMatchObject({ metric: undefined, ranked: [], unranked: [] });
});

// scipy.stats.spearmanr
test.each([
  [[1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233],
  [[0.91, 0.9, 0.9, 0.88, 0.95], [0.9, 0.89, 0.91, 0.87, 0.93], 0.8207826816681233],
  [[1, 2, 3, 4], [4, 3, 2, 1], -1],
  [[1, 1, 2, 2], [1, 2, 1, 2], 0],
])("Spearman's correlation of %j and %j", (a, b, rho) => {
  expect(spearman(a, b)).toBeCloseTo(rho, 12);
});
