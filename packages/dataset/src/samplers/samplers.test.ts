import { Rng } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { row } from '../../test/rows.ts';
import { classBalanced } from './class-balanced.ts';
import { fixedSizeEpochs } from './fixed-size-epochs.ts';
import { createSampler, samplers } from './index.ts';
import { repeated } from './repeated.ts';
import { sequential } from './sequential.ts';
import { shuffled } from './shuffled.ts';
import { weighted } from './weighted.ts';

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

/** Options of each kind: a new sampler goes in here. */
const OPTIONS: Readonly<Record<string, object>> = {
  'class-balanced': { head: 'label' },
  'fixed-size-epochs': { images: 7 },
  repeated: { times: 3 },
  sequential: {},
  shuffled: {},
  weighted: {},
};

describe.each([...samplers].map((factory) => [factory.name, factory] as const))('%s', (name, factory) => {
  const sampler = createSampler({ name, ...OPTIONS[name] });

  test('returns existing rows, the same for the same seed', () => {
    fc.assert(
      fc.property(someRows, fc.nat(), (labels, from) => {
        const rows = make([...labels, 'a', undefined]);
        const order = sampler.order(context(rows, from));
        expect(order.length).toBeGreaterThan(0);
        for (const index of order) expect(index).toBeLessThan(rows.length);
        expect(sampler.order(context(rows, from))).toEqual(order);
      }),
      seed,
    );
  });

  test('is described by its name and settings', () => {
    expect(sampler.name).toBe(name);
    expect(name).toMatch(/^[a-z-]+$/);
    expect(JSON.parse(JSON.stringify(sampler.settings))).toEqual(sampler.settings);
    expect(factory.summary).toMatch(/^[a-z].{10,90}$/);
    for (const [key, schema] of Object.entries(factory.settings.shape)) {
      expect((schema as z.ZodType).description, key).toMatch(/^[a-z1].{10,110}$/);
    }
  });

  test('rejects unknown options', () => {
    expect(() => createSampler({ name, ...OPTIONS[name], nonsense: 1 } as { name: string })).toThrowError(
      expect.objectContaining({ code: 'sampler-setting', message: expect.stringContaining('nonsense') }),
    );
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
        const ofClass = seen.filter((_, i) => rows[i]?.labels.label === name);
        expect(Math.max(...ofClass) - Math.min(...ofClass)).toBeLessThanOrEqual(1);
        return ofClass.reduce((a, b) => a + b);
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

describe('fixedSizeEpochs', () => {
  const rows = Array.from({ length: 30 }, (_, i) =>
    row(
      String(i),
      undefined,
      i < 10 ? {} : { provenance: { kind: 'pseudo', teacher: 't', round: 1, confidence: 1 } },
    ),
  );
  const order = (options: { images: number; share?: number }, some = rows, from = 1) => [
    ...fixedSizeEpochs(options).order(context(some, from, 4)),
  ];

  test('shows as many images as without pseudo labels, a share of them with pseudo labels', () => {
    const epoch = order({ images: 10 });
    expect(epoch).toHaveLength(10);
    expect(epoch.filter((index) => index < 10)).toHaveLength(5);
    expect(new Set(epoch).size).toBe(10);
    expect(order({ images: 10, share: 0.2 }).filter((index) => index >= 10)).toHaveLength(2);
    // Fewer pseudo labels than their share: they repeat.
    expect(order({ images: 10, share: 0.5 }, rows.slice(0, 12)).filter((index) => index >= 10)).toHaveLength(
      5,
    );
  });

  test('golden: the order for a seed', () => {
    expect(order({ images: 10 }).join(' ')).toBe('1 23 8 0 6 10 11 29 7 28');
    expect(order({ images: 12, share: 0.5 }, rows.slice(4, 14), 7).join(' ')).toBe('4 0 1 5 8 6 3 9 9 7 2 6');
  });

  test('needs rows without pseudo labels', () => {
    expect(() => order({ images: 10 }, rows.slice(10))).toThrow(/rows without pseudo labels/);
  });
});

test('repeated shows each row several times in a row', () => {
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
  ['no images', () => fixedSizeEpochs({ images: 0 })],
  ['a share above 1', () => fixedSizeEpochs({ images: 4, share: 1.5 })],
  ['half a time', () => repeated({ times: 0.5 })],
])('%s is an error that names the setting', (_, work) => {
  expect(work).toThrowError(expect.objectContaining({ code: 'sampler-setting' }));
});
