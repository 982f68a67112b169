import { expect, test } from 'vitest';
import { Rng } from './rng.ts';

/* Fixed seeds: these tests say the same every time. Bounds are five standard deviations of the statistic. */

const N = 1_000_000;
const seeded = (name: string) => Rng.fromSeed(`distribution/${name}`);

/** Chi-squared of counts against expected counts, as standard deviations above its mean. */
function excess(counts: ArrayLike<number>, expected: ArrayLike<number>): number {
  let chi2 = 0;
  for (let i = 0; i < counts.length; i++) {
    chi2 += (counts[i]! - expected[i]!) ** 2 / expected[i]!;
  }
  const freedom = counts.length - 1;
  return (chi2 - freedom) / Math.sqrt(2 * freedom);
}

function moments(
  values: ArrayLike<number>,
): [mean: number, variance: number, skewness: number, kurtosis: number] {
  const sums = [0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    for (let k = 0; k < 4; k++) sums[k] = sums[k]! + values[i]! ** (k + 1) / values.length;
  }
  const [m = 0, s2 = 0, s3 = 0, s4 = 0] = sums;
  const variance = s2 - m * m;
  const third = s3 - 3 * m * s2 + 2 * m ** 3;
  const fourth = s4 - 4 * m * s3 + 6 * m * m * s2 - 3 * m ** 4;
  return [m, variance, third / variance ** 1.5, fourth / variance ** 2];
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [meanA, varianceA] = moments(a);
  const [meanB, varianceB] = moments(b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - meanA) * (b[i]! - meanB);
  return sum / a.length / Math.sqrt(varianceA * varianceB);
}

const histogram = (bins: number, binOf: () => number, count = N) => {
  const counts = new Uint32Array(bins);
  for (let i = 0; i < count; i++) {
    const bin = binOf();
    counts[bin] = counts[bin]! + 1;
  }
  return counts;
};
const even = (bins: number, count = N) => new Float64Array(bins).fill(count / bins);

test.each([
  ['float', (rng: Rng) => () => rng.float()],
  ['uniform', (rng: Rng) => () => (rng.uniform(-3, 5) + 3) / 8],
])('%s is flat, with mean 1/2 and variance 1/12', (name, make) => {
  const next = make(seeded(name));
  const values = Float64Array.from({ length: N }, next);
  const [mean, variance] = moments(values);
  expect(Math.abs(mean - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / N));
  expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / N));
  let at = 0;
  expect(
    Math.abs(
      excess(
        histogram(1000, () => Math.floor(values[at++]! * 1000)),
        even(1000),
      ),
    ),
  ).toBeLessThan(5);
});

test('the low bits of float and fillUniform are as even as the high ones', () => {
  const rng = seeded('low bits');
  const low = (value: number, bits: number) => (value * 2 ** bits) % 256;
  expect(
    Math.abs(
      excess(
        histogram(256, () => low(rng.float(), 53)),
        even(256),
      ),
    ),
  ).toBeLessThan(5);
  const filled = rng.fillUniform(new Float32Array(N));
  let at = 0;
  expect(
    Math.abs(
      excess(
        histogram(256, () => low(filled[at++]!, 24)),
        even(256),
      ),
    ),
  ).toBeLessThan(5);
});

test('successive numbers fill the square evenly', () => {
  const rng = seeded('pairs');
  const cell = () => Math.floor(rng.float() * 32) * 32 + Math.floor(rng.float() * 32);
  expect(Math.abs(excess(histogram(1024, cell), even(1024)))).toBeLessThan(5);
});

test('normal has the moments and the shape of the normal distribution', () => {
  const rng = seeded('normal');
  const values = Float64Array.from({ length: 2 * N }, () => rng.normal());
  const [mean, variance, skewness, kurtosis] = moments(values);
  const sigma = 5 / Math.sqrt(2 * N);
  expect(Math.abs(mean)).toBeLessThan(sigma);
  expect(Math.abs(variance - 1)).toBeLessThan(sigma * Math.sqrt(2));
  expect(Math.abs(skewness)).toBeLessThan(sigma * Math.sqrt(6));
  expect(Math.abs(kurtosis - 3)).toBeLessThan(sigma * Math.sqrt(24));
  // Bins of 0.05 over [-4, 4] and the two tails: narrower than most of the ziggurat's 256 layers.
  const bins = 160;
  const binOf = (x: number) => Math.min(bins + 1, Math.max(0, Math.floor(x * 20) + bins / 2 + 1));
  let at = 0;
  const counts = histogram(bins + 2, () => binOf(values[at++]!), 2 * N);
  const expected = Float64Array.from({ length: bins + 2 }, (_, bin) => {
    const left = (bin - 1 - bins / 2) / 20;
    if (bin === 0) return 2 * N * normalMass(-9, -4);
    return 2 * N * normalMass(left, bin === bins + 1 ? 9 : left + 1 / 20);
  });
  expect(Math.abs(excess(counts, expected))).toBeLessThan(5);
});

/** Probability of [a, b] under the standard normal, by Simpson's rule. */
function normalMass(a: number, b: number): number {
  const steps = 400;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const x = a + ((b - a) * i) / steps;
    sum += Math.exp((-x * x) / 2) * (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2);
  }
  return (sum * (b - a)) / steps / 3 / Math.sqrt(2 * Math.PI);
}

test.each([
  ['fillBernoulli into Float32Array', (rng: Rng, p: number) => rng.fillBernoulli(new Float32Array(N), p)],
  ['fillBernoulli into Uint8Array', (rng: Rng, p: number) => rng.fillBernoulli(new Uint8Array(N), p)],
  ['bool', (rng: Rng, p: number) => Uint8Array.from({ length: N }, () => Number(rng.bool(p)))],
])('%s keeps its probability, and neighbors are independent', (name, fill) => {
  for (const p of [0.001, 0.1, 0.5, 0.8]) {
    const mask = fill(seeded(name), p);
    expect(Math.abs(moments(mask)[0] - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / N));
    expect(Math.abs(correlation(mask.subarray(1), mask.subarray(0, -1)))).toBeLessThan(5 / Math.sqrt(N));
  }
});

test.each([2, 10, 100, 1000])('int(%i) is even', (n) => {
  const rng = seeded(`int ${n}`);
  expect(
    Math.abs(
      excess(
        histogram(n, () => rng.int(n)),
        even(n),
      ),
    ),
  ).toBeLessThan(5);
});

test.each([3 * 2 ** 30, 3 * 2 ** 40, 3 * 2 ** 51 - 1])(
  'int(%i) has no bias where a remainder would have',
  (n) => {
    const rng = seeded(`int ${n}`);
    expect(
      Math.abs(
        excess(
          histogram(3, () => Math.floor((rng.int(n) / n) * 3)),
          even(3),
        ),
      ),
    ).toBeLessThan(5);
  },
);

test('shuffle makes each of the 24 orders of 4, sample each of the 12 ordered pairs, equally often', () => {
  const rng = seeded('orders');
  const count = 200_000;
  for (const [next, orders] of [
    [() => rng.shuffle('abcd').join(''), 24],
    [() => rng.permutation(4).join(''), 24],
    [() => rng.sample('abcd', 2).join(''), 12],
  ] as const) {
    const counts = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const order = next();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(orders);
    expect(Math.abs(excess([...counts.values()], even(orders, count)))).toBeLessThan(5);
  }
});

test('weighted draws follow the weights', () => {
  const rng = seeded('weights');
  const weights = [1, 0, 2, 5, 0.5];
  const counts = new Uint32Array(5);
  for (const index of rng.weightedIndices(weights, N)) counts[index] = counts[index]! + 1;
  expect(counts[1]).toBe(0);
  const present = [0, 2, 3, 4];
  const expected = present.map((i) => (weights[i]! / 8.5) * N);
  expect(
    Math.abs(
      excess(
        present.map((i) => counts[i]!),
        expected,
      ),
    ),
  ).toBeLessThan(5);
});

test('parent and children, siblings, and streams of neighboring seeds are uncorrelated', () => {
  const parent = seeded('streams');
  const streams = [
    parent,
    parent.split(0),
    parent.split(1),
    parent.split(2),
    parent.split(0, 0),
    Rng.fromSeed(0),
    Rng.fromSeed(1),
    Rng.fromSeed('0'),
  ].map((rng) => rng.fillUniform(new Float32Array(100_000)));
  streams.forEach((a, i) => {
    for (const b of streams.slice(i + 1)) {
      expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(a.length));
    }
  });
});

test('the first numbers of ten thousand siblings are as random as ten thousand numbers of one stream', () => {
  const parent = seeded('siblings');
  const firsts = Float64Array.from({ length: 10_000 }, (_, i) => parent.split(i).float());
  let at = 0;
  const counts = histogram(100, () => Math.floor(firsts[at++]! * 100), 10_000);
  expect(Math.abs(excess(counts, even(100, 10_000)))).toBeLessThan(5);
  expect(Math.abs(correlation(firsts.subarray(1), firsts.subarray(0, -1)))).toBeLessThan(
    5 / Math.sqrt(10_000),
  );
});
