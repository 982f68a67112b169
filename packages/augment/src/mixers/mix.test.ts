import { type MixableBatch, Rng } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBatchMixer } from './mix.ts';

/** Image i is 10 (i + 1) everywhere, and of class i. */
function batchOf(size: number, side = 8): MixableBatch<Uint8Array> {
  const pixels = new Uint8Array(size * side * side * 3);
  const targets = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    pixels.fill(10 * (i + 1), i * side * side * 3, (i + 1) * side * side * 3);
    targets[i * size + i] = 1;
  }
  return { pixels, shape: [size, side, side, 3], targets };
}

const rng = (seed: number) => Rng.fromSeed('mix').split(seed);

/** Share of image i's own target. */
const shareOf = (targets: Float32Array, size: number, i: number) => targets[i * size + i]!;

describe.each(['batch', 'pair', 'elem'] as const)('mode %s', (mode) => {
  test.each([
    ['MixUp', { mixup: 1, cutmix: 0 }],
    ['CutMix', { mixup: 0, cutmix: 1 }],
    ['both', { mixup: 0.8, cutmix: 1 }],
  ])('%s: pixels and targets hold the same shares', (_, alphas) => {
    const mixer = createBatchMixer({ ...alphas, mode });
    for (let seed = 0; seed < 30; seed++) {
      const batch = batchOf(4);
      const { pixels, targets } = mixer.apply(batch, rng(seed), 0);
      expect(batch).toEqual(batchOf(4));
      for (let i = 0; i < 4; i++) {
        const mean = pixels.subarray(i * 192, (i + 1) * 192).reduce((sum, value) => sum + value, 0) / 192;
        const share = shareOf(targets, 4, i);
        expect(targets[i * 4 + 3 - i]).toBeCloseTo(1 - share, 6);
        expect(Math.abs(mean - (share * 10 * (i + 1) + (1 - share) * 10 * (4 - i)))).toBeLessThanOrEqual(0.5);
      }
    }
  });

  test('shares are drawn per batch, pair or image', () => {
    const { targets } = createBatchMixer({ cutmix: 0, mixup: 1, mode }).apply(batchOf(6), rng(1), 0);
    const shares = new Set([0, 1, 2, 3, 4, 5].map((i) => shareOf(targets, 6, i)));
    expect(shares.size).toBe({ batch: 1, pair: 3, elem: 6 }[mode]);
  });
});

test('floats are mixed exactly, bytes within half a level', () => {
  const batch = batchOf(4);
  const floats = { ...batch, pixels: Float32Array.from(batch.pixels) };
  const mixer = createBatchMixer({ mode: 'elem' });
  const [bytes, exact] = [mixer.apply(batch, rng(4), 0), mixer.apply(floats, rng(4), 0)];
  expect(exact.pixels).toBeInstanceOf(Float32Array);
  expect(bytes.targets).toEqual(exact.targets);
  exact.pixels.forEach((value, i) => {
    expect(Math.abs(value - (bytes.pixels[i] ?? 0))).toBeLessThanOrEqual(0.51);
  });
});

test('labels are smoothed as timm does: 1 - s + s / K and s / K', () => {
  const mixer = createBatchMixer({ prob: 0, labelSmoothing: 0.1 });
  const { targets, pixels } = mixer.apply(batchOf(4), rng(0), 0);
  expect(pixels).toEqual(batchOf(4).pixels);
  expect(targets[0]).toBeCloseTo(0.925, 6);
  expect(targets[1]).toBeCloseTo(0.025, 6);
});

test('mixing is off from offEpoch on', () => {
  const mixer = createBatchMixer({ offEpoch: 3 });
  expect(mixer.apply(batchOf(4), rng(0), 2).targets).not.toEqual(batchOf(4).targets);
  expect(mixer.apply(batchOf(4), rng(0), 3)).toEqual(batchOf(4));
  expect(createBatchMixer({ offEpoch: 0 }).apply(batchOf(4), rng(0), 99)).not.toEqual(batchOf(4));
});

test('shares follow the Beta distribution', () => {
  for (const alpha of [0.2, 0.8, 1, 4]) {
    const mixer = createBatchMixer({ mixup: alpha, cutmix: 0, mode: 'elem' });
    const shares: number[] = [];
    for (let seed = 0; seed < 50; seed++) {
      const { targets } = mixer.apply(batchOf(32, 1), rng(seed), 0);
      for (let i = 0; i < 32; i++) shares.push(shareOf(targets, 32, i));
    }
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(variance).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 1.7);
  }
});

test('mixing keeps the sum of targets', () => {
  const settings = fc.record({
    mixup: fc.double({ min: 0, max: 5, noNaN: true }),
    cutmix: fc.double({ min: 0, max: 5, noNaN: true }),
    mode: fc.constantFrom('batch', 'pair', 'elem'),
    labelSmoothing: fc.double({ min: 0, max: 0.5, noNaN: true }),
  });
  fc.assert(
    fc.property(settings, fc.integer({ min: 1, max: 7 }), fc.nat(), (given, size, seed) => {
      const { targets } = createBatchMixer(given).apply(batchOf(size, 3), rng(seed), 0);
      expect(targets.reduce((sum, value) => sum + value, 0)).toBeCloseTo(size, 4);
    }),
    { seed: 11, numRuns: 100 },
  );
});

test('errors name what does not fit', () => {
  expect(() => createBatchMixer({ mode: 'all' })).toThrow(
    /^mix\.mode: expected batch\|pair\|elem, got "all"/,
  );
  expect(() => createBatchMixer({ prob: 2 }, 'train.mix')).toThrow(/^train\.mix\.prob: expected/);
  const short = { ...batchOf(4), targets: new Float32Array(5) };
  expect(() => createBatchMixer().apply(short, rng(0), 0)).toThrow(
    /shape \[4,8,8,3\], 768 pixels, 5 targets/,
  );
});
