import { Rng } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { row } from '../../test/rows.ts';
import * as samplers from './index.ts';

const { classBalanced, mixed, repeated, sequential, shuffled, weighted } = samplers;

const seed = { seed: 5, numRuns: 60 };
const someRows = fc.array(fc.constantFrom('a', 'b', 'c', undefined), { minLength: 1, maxLength: 60 });
const make = (labels: readonly (string | undefined)[]) =>
  labels.map((label, i) => row(`r${i}`, label, { weight: 1 + (i % 4) }));
const context = (rows: ReturnType<typeof make>, from: number, batchSize = 8) => ({
  rows,
  rng: Rng.fromSeed(from),
  batchSize,
});
const counts = (order: Uint32Array, length: number) => {
  const seen = new Array<number>(length).fill(0);
  for (const i of order) seen[i] = seen[i]! + 1;
  return seen;
};

/** One of each kind: a new sampler goes in here. */
const all: Readonly<Record<Exclude<keyof typeof samplers, never>, samplers.Sampler>> = {
  classBalanced: classBalanced({ head: 'label' }),
  mixed: mixed({ ratio: 3 }),
  repeated: repeated({ times: 3 }),
  sequential: sequential(),
  shuffled: shuffled(),
  weighted: weighted(),
};

describe.each(Object.entries(all))('%s', (_, sampler) => {
  test('gives rows that exist, the same for the same seed, and says what it is', () => {
    fc.assert(
      fc.property(someRows, fc.nat(), (labels, from) => {
        // So that every sampler has what it needs.
        const rows = make([...labels, 'a', undefined]);
        const order = sampler.order(context(rows, from));
        expect(order.length).toBeGreaterThan(0);
        for (const index of order) expect(index).toBeLessThan(rows.length);
        expect(sampler.order(context(rows, from))).toEqual(order);
      }),
      seed,
    );
    expect(sampler.name).toMatch(/^[a-z-]+$/);
    expect(JSON.parse(JSON.stringify(sampler.settings))).toEqual(sampler.settings);
  });
});

test('sequential and shuffled show every row once', () => {
  fc.assert(
    fc.property(someRows, fc.nat(), (labels, from) => {
      const rows = make(labels);
      expect([...sequential().order(context(rows, from))]).toEqual([...rows.keys()]);
      expect(counts(shuffled().order(context(rows, from)), rows.length)).toEqual(rows.map(() => 1));
    }),
    seed,
  );
});

test('classBalanced shows each class equally often, and its rows equally often', () => {
  fc.assert(
    fc.property(someRows, fc.integer({ min: 1, max: 200 }), fc.nat(), (labels, samples, from) => {
      const rows = make([...labels, 'a']);
      const seen = counts(classBalanced({ head: 'label', samples }).order(context(rows, from)), rows.length);
      expect(seen.reduce((a, b) => a + b)).toBe(samples);
      const classes = [...new Set(rows.map(({ labels: { label } }) => label))].filter(
        (name) => name !== undefined,
      );
      const shares = classes.map((name) => {
        const own = seen.filter((_, i) => rows[i]?.labels.label === name);
        expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(1);
        return own.reduce((a, b) => a + b);
      });
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      for (const [i, { labels }] of rows.entries()) if (labels.label === undefined) expect(seen[i]).toBe(0);
    }),
    seed,
  );
});

test('classBalanced with power 0 keeps the shares of the classes', () => {
  const rows = make([...Array<string>(30).fill('a'), ...Array<string>(10).fill('b')]);
  const order = classBalanced({ head: 'label', power: 0 }).order(context(rows, 1));
  expect(counts(order, 40)).toEqual(Array(40).fill(1));
});

test('mixed puts the ratio into every batch and shows every labeled row', () => {
  fc.assert(
    fc.property(
      someRows,
      fc.integer({ min: 2, max: 16 }),
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      fc.nat(),
      (labels, batchSize, ratio, from) => {
        const rows = make([...labels, 'a', undefined]);
        const order = mixed({ ratio }).order(context(rows, from, batchSize));
        expect(order.length % batchSize).toBe(0);
        const known = (index: number | undefined) => rows[index!]?.labels.label !== undefined;
        const first = [...order.subarray(0, batchSize)].filter(known).length;
        expect(Math.abs(first - batchSize / (1 + ratio))).toBeLessThanOrEqual(1);
        for (let start = 0; start < order.length; start += batchSize) {
          const batch = [...order.subarray(start, start + batchSize)];
          expect(batch.map(known)).toEqual(batch.map((_, i) => i < first));
        }
        const seen = counts(order, rows.length);
        for (const [i] of rows.entries()) if (known(i)) expect(seen[i]).toBeGreaterThan(0);
      },
    ),
    seed,
  );
});

test('repeated shows each row so many times in a row', () => {
  const order = repeated({ times: 3 }).order(context(make(Array<string>(10).fill('a')), 1));
  expect(order).toHaveLength(10);
  for (let i = 0; i < 9; i += 3) expect(new Set(order.subarray(i, i + 3)).size).toBe(1);
  expect(new Set(order).size).toBe(4);
});

test('weighted follows the weights', () => {
  const rows = make(['a', 'b', 'c', 'a']);
  const seen = counts(weighted({ samples: 10_000 }).order(context(rows, 1)), 4);
  for (const [i, count] of seen.entries()) expect(Math.abs(count - 1000 * (i + 1))).toBeLessThan(200);
});

test.each([
  ['an unknown head', () => classBalanced({ head: 'none' }).order(context(make(['a']), 1))],
  ['a power above 1', () => classBalanced({ head: 'label', power: 2 })],
  ['no samples', () => weighted({ samples: 0 }).order(context(make(['a']), 1))],
  ['a ratio of 0', () => mixed({ ratio: 0 })],
  ['nothing unlabeled', () => mixed({ ratio: 1 }).order(context(make(['a']), 1))],
  ['a batch of one', () => mixed({ ratio: 1 }).order(context(make(['a', undefined]), 1, 1))],
  ['half a time', () => repeated({ times: 0.5 })],
])('%s is an error that names the setting', (_, work) => {
  expect(work).toThrowError(expect.objectContaining({ code: 'sampler-setting' }));
});
