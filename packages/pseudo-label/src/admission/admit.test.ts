import { Rng } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { type AdmitOptions, admit, type DuplicateSet, type Features, nearestDistances } from '../index.ts';

const rng = Rng.fromSeed(3);

function cloud(name: string, count: number, axis = 0, width = 5): Features {
  const own = Rng.fromSeed(name);
  const values = own
    .fillNormal(new Float32Array(count * width))
    .map((value, i) => value + (i % width === axis ? 3 : 0));
  return { ids: Array.from({ length: count }, (_, row) => `${name}-${row}.jpg`), values };
}

const train = cloud('train', 60);
const test_ = cloud('test', 60);
const near = { name: 'near', path: 'data/near', license: 'CC BY 4.0', features: cloud('near', 50) };
const far = {
  name: 'far',
  path: 'data/far',
  license: 'CC0',
  url: 'https://example.org',
  features: cloud('far', 50, 1),
};
const ask = (options: Partial<AdmitOptions> = {}) =>
  admit({ train, test: test_, sources: [far, near], rng, ...options });
const same = (kind: DuplicateSet['kind'], ...images: string[]): DuplicateSet => ({
  kind,
  images: images.map((name) => {
    const [source, id] = name.split('/') as [string, string];
    return { source, id: source === 'elsewhere' ? id : `${source}-${id}.jpg` };
  }),
});

test('orders sources by similarity to the test set', () => {
  const admission = ask();
  expect(JSON.parse(JSON.stringify(admission))).toEqual(admission);
  expect(admission.likeTest).toEqual(['near', 'far']);
  const [first, second] = admission.sources;
  expect(first).toMatchObject({
    name: 'far',
    license: 'CC0',
    url: 'https://example.org',
    images: 50,
    warnings: [],
  });
  expect(first?.toTest.twoSample?.differ).toBe(true);
  expect(first?.toTest.twoSample?.auc).toBeGreaterThan(0.95);
  expect(second?.toTest.twoSample?.differ).toBe(false);
  expect(second?.toTest.nearest?.median).toBeLessThan(first!.toTest.nearest!.median);
  expect(admission.trainToTest.nearest?.rows).toEqual([60, 60]);
  expect(ask()).toEqual(admission);
});

test('does not depend on the order of images', () => {
  const turn = ({ ids, values }: Features): Features => ({
    ids: [...ids].reverse(),
    values: Float32Array.from(
      [...ids.keys()].reverse().flatMap((row) => [...values.subarray(row * 5, row * 5 + 5)]),
    ),
  });
  const turned = ask({
    train: turn(train),
    test: turn(test_),
    sources: [far, near].map((source) => ({ ...source, features: turn(source.features) })),
  });
  expect(turned).toEqual(ask());
});

describe('duplicates', () => {
  test('of test and train are dropped, with the reason', () => {
    const { sources } = ask({
      duplicates: [
        same('near', 'near/3', 'train/5', 'test/4'),
        same('exact', 'far/2', 'train/1'),
        same('exact', 'train/7', 'test/8'),
      ],
    });
    expect(sources[0]?.dropped).toEqual([
      {
        source: 'far',
        id: 'far-2.jpg',
        kind: 'exact',
        duplicateOf: { source: 'train', id: 'train-1.jpg' },
      },
    ]);
    expect(sources[1]?.dropped[0]?.duplicateOf).toEqual({ source: 'test', id: 'test-4.jpg' });
    expect(sources[1]?.admitted).toHaveLength(49);
    expect(sources[1]?.admitted).not.toContain('near-3.jpg');
  });

  test("among sources keep the first source's image", () => {
    const { sources } = ask({ duplicates: [same('exact', 'near/1', 'far/9', 'near/2')] });
    expect(sources.map(({ dropped }) => dropped.map(({ id }) => id))).toEqual([
      [],
      ['near-1.jpg', 'near-2.jpg'],
    ]);
  });

  test('that overlap give the same result in any order', () => {
    const sets = [
      same('near', 'far/1', 'near/1'),
      same('near', 'far/1', 'test/1'),
      same('exact', 'near/1', 'near/2'),
    ];
    const dropped = (duplicates: DuplicateSet[]) =>
      ask({ duplicates }).sources.flatMap((source) => source.dropped.map(({ id }) => id));
    expect(dropped(sets)).toEqual(['far-1.jpg', 'near-2.jpg']);
    expect(dropped([...sets].reverse())).toEqual(dropped(sets));
  });

  test('of unknown images are rejected', () => {
    expect(() => ask({ duplicates: [same('exact', 'near/99', 'test/1')] })).toThrow(
      /refers to "near-99.jpg" of "near": expected an image of "near"/,
    );
    expect(() => ask({ duplicates: [same('exact', 'elsewhere/1', 'test/1')] })).toThrow(
      /expected test\|train\|far\|near, got "elsewhere"/,
    );
  });
});

describe('clear outcomes', () => {
  test('an empty folder', () => {
    const empty = { ...near, features: { ids: [], values: new Float32Array(0) } };
    const { sources, likeTest } = ask({ sources: [empty] });
    expect(sources[0]).toMatchObject({
      images: 0,
      admitted: [],
      toTest: { twoSample: undefined, nearest: undefined },
      warnings: ['"near" (data/near) has no images'],
    });
    expect(likeTest).toEqual([]);
  });

  test('nothing but duplicates of test', () => {
    const duplicates = near.features.ids.map((id, row) => ({
      kind: 'exact' as const,
      images: [
        { source: 'near', id },
        { source: 'test', id: `test-${row}.jpg` },
      ],
    }));
    const [report] = ask({ sources: [near], duplicates }).sources;
    expect(report?.admitted).toEqual([]);
    expect(report?.dropped).toHaveLength(50);
    expect(report?.warnings).toEqual([
      'all 50 images of "near" are duplicates (50 of test, 0 of train, 0 of other external images)',
    ]);
  });

  test('no license', () => {
    const { license: _, ...unlicensed } = near;
    expect(ask({ sources: [unlicensed] }).sources[0]?.warnings[0]).toMatch(/no license is given for "near"/);
  });

  test('one image: no area, but a distance', () => {
    const one = { ...near, features: cloud('near', 1) };
    const [report] = ask({ sources: [one] }).sources;
    expect(report?.toTest.twoSample).toBeUndefined();
    expect(report?.toTest.nearest?.rows).toEqual([1, 60]);
  });

  test('invalid names', () => {
    expect(() => ask({ sources: [{ ...near, name: 'train' }] })).toThrow(
      /data\/near: the name of an external source: expected a unique name other than train and test/,
    );
    expect(() => ask({ sources: [near, near] })).toThrow(/got "near"/);
    expect(() => ask({ sources: [{ ...near, features: cloud('near', 5, 0, 4) }] })).toThrow(
      /the features of "near": expected 5 values per image, got 4/,
    );
  });
});

test('distances are cosine distances to the nearest', () => {
  const from = { ids: ['a', 'b', 'c'], values: Float32Array.of(1, 0, 0, 2, 0, 0) };
  const to = { ids: ['x', 'y'], values: Float32Array.of(3, 0, -1, 1) };
  // a lies on x; b is 45 degrees from y; c has no direction.
  const { q05, median, q95, rows } = nearestDistances(from, to, { rng }) ?? {};
  expect(rows).toEqual([3, 2]);
  expect(median).toBeCloseTo(1 - Math.SQRT1_2, 9);
  expect(q05).toBeCloseTo(0.1 * (1 - Math.SQRT1_2), 9);
  expect(q95).toBeCloseTo(0.9 + 0.1 * (1 - Math.SQRT1_2), 9);
});
