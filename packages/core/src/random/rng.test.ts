import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashBytes } from '../hash/hash-bytes.ts';
import { Rng, type RngState } from './rng.ts';

const fresh = () => Rng.fromSeed('podium');
const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);
const bytesOf = (array: Float32Array | Float64Array | Uint8Array) =>
  hashBytes(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
const anyKey = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }));

/*
 * Golden numbers: whoever changes them changes every user's results. The paths, integers and floats, and the normals to
 * their last bit but one, were confirmed by an independent Python version of the same definitions.
 */
test('golden: seeds and keys', () => {
  expect(fresh().state()).toEqual({
    algorithm: 'xoshiro128++',
    path: '011032b14f5dd2e959a0c8f2683cd831db3b3310c96070875511b280cab22dbc',
    words: [0x011032b1, 0x4f5dd2e9, 0x59a0c8f2, 0x683cd831],
  });
  const rng = fresh();
  expect(draw(5, () => rng.uint32())).toEqual([2811601893, 2322467456, 3312995460, 4256455477, 4294961413]);
  const numbered = Rng.fromSeed(42);
  expect(draw(3, () => numbered.uint32())).toEqual([326141309, 540956495, 966048584]);
  const split = fresh().split('epoch', 3, 'cat.jpg');
  expect(draw(3, () => split.uint32())).toEqual([638359026, 805985049, 65130880]);
});

test('golden: each kind of number', () => {
  const floats = fresh();
  expect(draw(3, () => floats.float())).toEqual([0.6546270813103139, 0.7713668718265985, 0.9999986310899446]);
  const normals = fresh();
  const firstNormals = [-0.5051459011417334, 1.163454181164855, -1.58100433437905, 1.5107840263707537];
  expect(draw(4, () => normals.normal())).toEqual(firstNormals);
  expect(fresh().uniform(-1, 2)).toBe(0.9638812439309417);
  expect(fresh().int(1000)).toBe(997);
  expect(fresh().int(2 ** 40)).toBe(985869978240);
  expect(fresh().bool()).toBe(false);
  expect(fresh().choice(['a', 'b', 'c'])).toBe('b');
  expect(fresh().permutation(10).join()).toBe('5,1,6,8,9,2,7,3,4,0');
  expect(fresh().shuffle('abcdefgh').join('')).toBe('fbgeachd');
  expect(fresh().sample('abcdefgh', 3).join('')).toBe('fbg');
  expect(fresh().weightedIndices([1, 2, 0, 4], 8).join()).toBe('3,3,3,3,3,3,3,0');
});

test.each([
  [
    'uniform',
    () => fresh().fillUniform(new Float32Array(5000), -0.1, 0.3),
    '9051e0ee30b41728fa7e8d319ecb544ea079c45e6dc9e797e88228834c0de04d',
  ],
  [
    'normal',
    () => fresh().fillNormal(new Float32Array(100_000), 1, 2),
    'cc9aa0a308429e022592114ed1d807ec46227d84a1222bc2f67d9a3b3caa8ce7',
  ],
  [
    'Bernoulli',
    () => fresh().fillBernoulli(new Float32Array(5000), 0.8, 1.25),
    '2bccf4aeb070ee544881dfd6868df65e342086df29cb6533df2b54c3bc173573',
  ],
])('golden: %s fills', (_, fill, hash) => {
  expect(bytesOf(fill())).toBe(hash);
});

test('golden: 100,000 normals in float64, including the tails', () => {
  const rng = fresh();
  const normals = Float64Array.from({ length: 100_000 }, () => rng.normal());
  expect(bytesOf(normals)).toBe('dc9fab185f805c58e4030c4ae8531459336a0e37f55e41848cb7a5a66bdd8f64');
});

test('a split depends on the seed path alone, not on what was drawn or split before', () => {
  fc.assert(
    fc.property(anyKey, anyKey, fc.nat(50), (first, second, drawn) => {
      const untouched = fresh().split(first, second).state();
      const parent = fresh();
      draw(drawn, () => parent.normal());
      parent.split('another');
      expect(parent.split(first, second).state()).toEqual(untouched);
      expect(parent.split(first).split(second).state()).toEqual(untouched);
      const before = parent.state();
      parent.split(first);
      expect(parent.state()).toEqual(before);
    }),
  );
});

test('different keys and seeds give different streams, also 1 and "1", and keys that could run together', () => {
  const paths = [
    fresh(),
    fresh().split(1),
    fresh().split('1'),
    fresh().split('"1"'),
    fresh().split(1, 2),
    fresh().split('1/2'),
    fresh().split('1,2'),
    fresh().split(''),
    fresh().split('', ''),
    fresh().split('\ud800'),
    fresh().split('\ufffd'),
    Rng.fromSeed(1),
    Rng.fromSeed('1'),
    Rng.fromSeed(''),
  ].map((rng) => rng.state().path);
  expect(new Set(paths).size).toBe(paths.length);
  expect(fresh().split(-0).state()).toEqual(fresh().split(0).state());
});

test('a saved state goes through JSON and continues to the bit, splits included', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(100), (seed, drawn) => {
      const rng = Rng.fromSeed(seed);
      draw(drawn, () => rng.normal());
      const copy = Rng.fromState(JSON.parse(JSON.stringify(rng.state())));
      expect(draw(20, () => copy.normal())).toEqual(draw(20, () => rng.normal()));
      expect(copy.split('x').state()).toEqual(rng.split('x').state());
    }),
  );
});

test.each<[string, unknown]>([
  ['undefined', undefined],
  ['another algorithm', { ...fresh().state(), algorithm: 'mt19937' }],
  ['a short path', { ...fresh().state(), path: 'abc' }],
  ['three words', { ...fresh().state(), words: [1, 2, 3] }],
  ['a word too large', { ...fresh().state(), words: [1, 2, 3, 2 ** 32] }],
  ['a fraction', { ...fresh().state(), words: [1, 2, 3, 0.5] }],
  ['all zero', { ...fresh().state(), words: [0, 0, 0, 0] }],
])('rejects as a state: %s', (_, state) => {
  expect(() => Rng.fromState(state as RngState)).toThrow(expect.objectContaining({ code: 'random-state' }));
});

test('uniform stays in [lo, hi), also as float32', () => {
  const bound = fc.double({ min: -1e30, max: 1e30, noNaN: true });
  fc.assert(
    fc.property(bound, bound, fc.string(), (a, b, seed) => {
      const [lo, hi] = a < b ? [a, b] : [b, a];
      const rng = Rng.fromSeed(seed);
      for (const value of draw(5, () => rng.uniform(lo, hi))) {
        expect(value === lo || (value > lo && value < hi)).toBe(true);
      }
    }),
  );
  // Intervals of a few float32 steps, where rounding would leave them most of the time.
  fc.assert(
    fc.property(
      fc.float({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-6, max: 1, noNaN: true }),
      (lo, part) => {
        const hi = lo + part * Math.max(1e-6, Math.abs(lo) * 2 ** -21);
        fc.pre(hi > lo);
        const rng = Rng.fromSeed(part);
        const values = new Float32Array(draw(20, () => rng.uniform(lo, hi)));
        for (const value of [...values, ...rng.fillUniform(new Float32Array(20), lo, hi)]) {
          expect(value >= lo && value < hi).toBe(true);
        }
      },
    ),
  );
});

test('uniform over an interval without a float32 gives lo; over an empty one, too', () => {
  expect(fresh().uniform(0.7, 0.7 + 1e-12)).toBeCloseTo(0.7, 11);
  expect(fresh().uniform(3, 3)).toBe(3);
  expect([...fresh().fillUniform(new Float32Array(3), 3, 3)]).toEqual([3, 3, 3]);
});

test('probabilities 0 and 1 are certain', () => {
  const rng = fresh();
  expect(draw(1000, () => rng.bool(0)).includes(true)).toBe(false);
  expect(draw(1000, () => rng.bool(1)).includes(false)).toBe(false);
  expect(rng.fillBernoulli(new Uint8Array(1000), 0).includes(1)).toBe(false);
  expect(rng.fillBernoulli(new Uint8Array(1000), 1).includes(0)).toBe(false);
});

test('fillNormal returns the numbers of normal, rounded to float32', () => {
  const filled = fresh();
  const called = fresh();
  expect([...filled.fillNormal(new Float32Array(500), 3, 0.5)]).toEqual(
    draw(500, () => Math.fround(called.normal(3, 0.5))),
  );
  expect(filled.state()).toEqual(called.state());
});

test('int reaches both ends of its range and never leaves it', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.string(), (last, seed) => {
      const rng = Rng.fromSeed(seed);
      for (const value of draw(5, () => rng.int(last + (last < Number.MAX_SAFE_INTEGER ? 1 : 0)))) {
        expect(Number.isSafeInteger(value) && value >= 0 && value <= last).toBe(true);
      }
    }),
  );
  for (const n of [1, 2, 3, 5, 8]) {
    const rng = Rng.fromSeed(n);
    expect(new Set(draw(200, () => rng.int(n))).size).toBe(n);
  }
});

test('shuffle, permutation and sample do not modify their argument', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.string(), (items, seed) => {
      const rng = Rng.fromSeed(seed);
      const before = [...items];
      const ascending = (list: Iterable<number>) => [...list].sort((a, b) => a - b);
      expect(ascending(rng.shuffle(items))).toEqual(ascending(items));
      expect(ascending(rng.permutation(items.length))).toEqual(items.map((_, i) => i));
      const count = rng.int(items.length + 1);
      const picked = rng.sample(
        items.map((_, i) => i),
        count,
      );
      expect(picked.length).toBe(count);
      expect(new Set(picked).size).toBe(count);
      expect(items).toEqual(before);
    }),
  );
});

test.each<[string, () => unknown]>([
  ['a seed that is not finite', () => Rng.fromSeed(Number.NaN)],
  ['a key that is not finite', () => fresh().split(Number.POSITIVE_INFINITY)],
  ['int(0)', () => fresh().int(0)],
  ['int(1.5)', () => fresh().int(1.5)],
  ['int(2^53)', () => fresh().int(2 ** 53)],
  ['uniform upside down', () => fresh().uniform(2, 1)],
  ['uniform to NaN', () => fresh().fillUniform(new Float32Array(1), 0, Number.NaN)],
  ['uniform beyond float32', () => fresh().uniform(0, 1e39)],
  ['a negative std', () => fresh().normal(0, -1)],
  ['an infinite mean', () => fresh().fillNormal(new Float32Array(1), Number.POSITIVE_INFINITY)],
  ['a probability above 1', () => fresh().bool(1.1)],
  ['a probability of NaN', () => fresh().fillBernoulli(new Uint8Array(1), Number.NaN)],
  ['a choice of nothing', () => fresh().choice([])],
  ['a sample larger than the items', () => fresh().sample([1, 2], 3)],
  ['a permutation of -1', () => fresh().permutation(-1)],
  ['too few weights', () => fresh().weightedChoice([1, 2], [1])],
  ['weights without weight', () => fresh().weightedIndices([0, 0], 1)],
  ['a negative count', () => fresh().weightedIndices([1], -1)],
])('rejects %s', (_, call) => {
  expect(call).toThrow(expect.objectContaining({ code: 'random-argument' }));
});
