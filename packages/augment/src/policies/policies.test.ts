import { type Image, Rng } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { LazyImage, runStep } from '../lazy-image.ts';
import { transforms } from '../registry.ts';
import { amountOf, type Ranges } from './magnitudes.ts';
import { operate } from './operations.ts';

const noise = Rng.fromSeed('noise');
const image: Image = {
  width: 20,
  height: 14,
  channels: 3,
  data: Uint8Array.from({ length: 20 * 14 * 3 }, () => noise.int(256)),
};
const sampling = { interpolation: 'nearest', border: 'constant', fill: [0] } as const;
const WIDE: Ranges = {
  shear: 0.99,
  translate: () => ({ x: 32, y: 32 }),
  degrees: 135,
  enhance: 0.99,
  bits: [8, 6],
};

describe('magnitudes are those of torchvision', () => {
  const rng = Rng.fromSeed(0);
  const amount = (...args: [Parameters<typeof amountOf>[0], number, number]) =>
    Math.abs(amountOf(args[0], WIDE, [args[1], args[2]], image, rng));

  test.each([
    ['shearX', 30, 0.99],
    ['rotate', 15, 67.5],
    ['translateX', 10, 10],
    ['solarize', 30, 0],
    ['solarize', 0, 255],
    ['posterize', 0, 8],
    ['posterize', 30, 2],
    ['posterize', 13, 5],
    ['equalize', 9, 0],
  ] as const)('%s at %i of 30 is %f', (operation, bin, wanted) => {
    expect(amount(operation, bin, 31)).toBeCloseTo(wanted, 10);
  });

  test('factors differ from 1 by the magnitude, in either direction', () => {
    const seen = new Set(
      Array.from({ length: 20 }, () => amountOf('color', WIDE, [30, 31], image, rng).toFixed(6)),
    );
    expect([...seen].sort()).toEqual(['0.010000', '1.990000']);
  });
});

test('shears and shifts move pixels where PIL moves them', () => {
  const at = (result: Image, x: number, y: number) => result.data[(y * 20 + x) * 3];
  const sheared = operate(LazyImage.of(image), 'shearX', 0.5, sampling).read();
  // Row y shows source x + 0.5 (y + 0.5), rounded down from the pixel's middle.
  expect(at(sheared, 4, 6)).toBe(at(image, 7, 6));
  expect(at(sheared, 19, 6)).toBe(0);
  const moved = operate(LazyImage.of(image), 'translateX', 3, sampling).read();
  expect(at(moved, 8, 2)).toBe(at(image, 5, 2));
  const down = operate(LazyImage.of(image), 'translateY', -2, sampling).read();
  expect(at(down, 8, 2)).toBe(at(image, 8, 4));
});

test('SolarizeAdd adds below 128 only', () => {
  const after = operate(LazyImage.of(image), 'solarizeAdd', 50, sampling).read();
  image.data.forEach((value, i) => {
    expect(after.data[i]).toBe(value < 128 ? value + 50 : value);
  });
});

test.each(['randAugment', 'trivialAugmentWide', 'autoAugment', 'augMix'])('%s gives many images', (name) => {
  const entry = transforms.get(name);
  const step = entry.create(entry.parse());
  const results = new Set(
    Array.from({ length: 60 }, (_, seed) =>
      Buffer.from(runStep(step, image, Rng.fromSeed(seed)).data).toString('hex'),
    ),
  );
  expect(results.size).toBeGreaterThan(15);
});

test('randAugment applies the operations that are named, and no others', () => {
  const entry = transforms.get('randAugment');
  const step = entry.create(entry.parse({ n: 3, operations: ['solarizeAdd'] }));
  for (let seed = 0; seed < 20; seed++) {
    const { data } = runStep(step, image, Rng.fromSeed(seed));
    // Values from 128 stay, and no value falls.
    for (const [i, value] of image.data.entries())
      expect(value < 128 ? data[i]! >= value : data[i] === value).toBe(true);
  }
  expect(() => entry.parse({ operations: ['cutout'] })).toThrow(/operations/);
});

test('AugMix of chains that change nothing returns the image', () => {
  const flat: Image = { width: 6, height: 5, channels: 3, data: new Uint8Array(90).fill(40) };
  const entry = transforms.get('augMix');
  const step = entry.create(entry.parse({ severity: 1, allOperations: false, border: 'edge' }));
  for (let seed = 0; seed < 20; seed++) {
    expect(runStep(step, flat, Rng.fromSeed(seed)).data.every((value) => value >= 32 && value <= 40)).toBe(
      true,
    );
  }
});
