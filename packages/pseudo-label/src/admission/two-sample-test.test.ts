import { readFileSync } from 'node:fs';
import { Rng } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { type Features, twoSampleTest } from '../index.ts';
import { aucStandardError } from './auc-standard-error.ts';
import { crossValidatedAuc } from './two-sample-test.ts';

interface Case {
  readonly name: string;
  readonly c: number;
  readonly values: readonly number[];
  readonly sides: readonly number[];
  readonly folds: readonly number[];
  readonly auc: number;
}
const { cases } = JSON.parse(
  readFileSync(new URL('./fixtures/two-sample.json', import.meta.url), 'utf8'),
) as { cases: Case[] };
const rng = Rng.fromSeed(5);

function cloud(seed: number, count: number, shift = 0, width = 6, groupSize = 0): Features {
  const own = Rng.fromSeed(seed);
  const centers = own.fillNormal(new Float32Array(count * width));
  const values = own.fillNormal(new Float32Array(count * width)).map((value, i) => {
    const group = Math.floor(i / width / Math.max(1, groupSize));
    const near = 0.1 * value + centers[group * width + (i % width)]!;
    return (groupSize === 0 ? value : near) + (i % width === 0 ? shift : 0);
  });
  const ids = Array.from({ length: count }, (_, row) => `${seed}-${row}`);
  if (groupSize === 0) return { ids, values };
  return { ids, values, groups: ids.map((_, row) => `${seed}-${Math.floor(row / groupSize)}`) };
}

describe('areas of scikit-learn', () => {
  test.each(cases.map((one) => [one.name, one] as const))('%s', (_, { c, values, sides, folds, auc }) => {
    const own = crossValidatedAuc(
      Float32Array.from(values),
      Uint8Array.from(sides),
      Int32Array.from(folds),
      c,
    );
    expect(own).toBeCloseTo(auc, 9);
  });
});

test('the standard error is that of Hanley and McNeil', () => {
  // Their example: 51 and 58 rows, an area of 0.893.
  expect(aucStandardError(0.893, 51, 58)).toBeCloseTo(0.0325, 4);
  expect(aucStandardError(0.107, 51, 58)).toBeCloseTo(0.0325, 4);
  expect(aucStandardError(1, 10, 10)).toBeGreaterThan(0);
});

describe('the two-sample test', () => {
  test('separates sets that differ, and only those', () => {
    const same = twoSampleTest(cloud(1, 150), cloud(2, 150), { rng });
    const apart = twoSampleTest(cloud(1, 150), cloud(3, 150, 1.5), { rng });
    expect(same.differ).toBe(false);
    expect(apart.differ).toBe(true);
    expect(apart.auc).toBeGreaterThan(0.8);
    expect(apart.low).toBeLessThan(apart.auc);
    expect(apart.rows).toEqual([150, 150]);
  });

  test('has its nominal coverage for sets of the same distribution', () => {
    const off = Array.from({ length: 80 }, (_, seed) => {
      const { auc, high, differ } = twoSampleTest(cloud(seed, 40, 0, 3), cloud(1000 + seed, 40, 0, 3), {
        rng,
      });
      return { z: (auc - 0.5) / ((high - auc) / 1.96), differ };
    });
    // Areas lie around a half as the interval says, in units of its standard error.
    const deviation = Math.sqrt(off.reduce((sum, { z }) => sum + z * z, 0) / off.length);
    expect(deviation).toBeGreaterThan(0.8);
    expect(deviation).toBeLessThan(1.2);
    expect(off.filter(({ differ }) => differ).length).toBeLessThanOrEqual(5);
  });

  test('does not recognize persons', () => {
    const grouped = twoSampleTest(cloud(1, 120, 0, 20, 10), cloud(2, 120, 0, 20, 10), { rng });
    expect(grouped.differ).toBe(false);
    expect(grouped.units).toEqual([12, 12]);
    const torn = [cloud(1, 120, 0, 20, 10), cloud(2, 120, 0, 20, 10)].map(({ ids, values }) => ({
      ids,
      values,
    })) as [Features, Features];
    expect(twoSampleTest(...torn, { rng }).auc).toBeGreaterThan(0.9);
  });

  test('does not depend on the order of images, and draws the same ones of many', () => {
    const [a, b] = [cloud(7, 90), cloud(8, 80, 0.5)];
    const turned: Features = {
      ids: [...b.ids].reverse(),
      values: Float32Array.from(
        [...b.ids.keys()].reverse().flatMap((row) => [...b.values.subarray(row * 6, row * 6 + 6)]),
      ),
    };
    expect(twoSampleTest(a, turned, { rng, maxRows: 50 })).toEqual(twoSampleTest(a, b, { rng, maxRows: 50 }));
    expect(twoSampleTest(a, b, { rng, maxRows: 50 }).rows).toEqual([50, 50]);
  });

  test('handles constant features, and groups on both sides', () => {
    const [a, b] = [cloud(7, 20), cloud(8, 20)];
    const still = (features: Features) => ({ ...features, values: features.values.map(() => 3) });
    expect(twoSampleTest(still(a), still(b), { rng }).auc).toBe(0.5);
    const groups = a.ids.map((_, row) => `g${row % 4}`);
    expect(twoSampleTest({ ...a, groups }, { ...b, groups }, { rng }).differ).toBe(false);
  });

  test('rejects sets that cannot be compared', () => {
    const a = cloud(1, 20);
    expect(() => twoSampleTest(a, cloud(2, 1), { rng })).toThrow(/too few images for a two-sample test/);
    expect(() => twoSampleTest(a, cloud(2, 20, 0, 5), { rng })).toThrow(/expected 6 values per image, got 5/);
    expect(() => twoSampleTest(a, a, { rng, folds: 1 })).toThrow(
      /folds: expected an integer from 2 to 100, got 1/,
    );
    expect(() => twoSampleTest(a, a, { rng, maxRows: Number.NaN })).toThrow(/maxRows: .*got NaN/);
    const broken = { ...a, values: a.values.map((value, i) => (i === 13 ? Number.NaN : value)) };
    expect(() => twoSampleTest(broken, a, { rng })).toThrow(/finite numbers, got NaN for "1-2"/);
    expect(() => twoSampleTest({ ...a, values: a.values.subarray(1) }, a, { rng })).toThrow(
      /the same number of values for each image, got 119 values for 20 images/,
    );
  });
});
