import { type Image, Rng } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { homography } from '../kernels/homography.ts';
import { runStep } from '../lazy-image.ts';
import { transforms } from '../registry.ts';

function windows(size: { width: number; height: number }, settings: object, count = 500) {
  const entry = transforms.get('randomResizedCrop');
  const opening = entry.opening(entry.parse(settings));
  if (opening === undefined) throw new Error('no opening');
  return Array.from({ length: count }, (_, seed) => opening.window(size, Rng.fromSeed(seed)));
}

describe("RandomResizedCrop's box", () => {
  test('has an area and aspect ratio within the limits', () => {
    for (const { width, height } of windows({ width: 400, height: 300 }, { scale: [0.1, 0.6] })) {
      const part = (width * height) / (400 * 300);
      expect(part).toBeGreaterThan(0.098);
      expect(part).toBeLessThan(0.61);
      expect(width / height).toBeGreaterThan(0.74);
      expect(width / height).toBeLessThan(1.35);
    }
  });

  test('is as often wide as tall, since the logarithm of the ratio is uniform', () => {
    const boxes = windows({ width: 500, height: 500 }, { scale: [0.1, 0.3] });
    const wide = boxes.filter(({ width, height }) => width > height).length / boxes.length;
    expect(wide).toBeCloseTo(0.5, 1);
  });

  test('falls back to the largest center box of an allowed ratio, as torchvision does', () => {
    const whole = { scale: 1, interpolation: 'nearest' };
    const [wide] = windows({ width: 1000, height: 10 }, whole, 1);
    expect(wide).toMatchObject({ left: 493, top: 0, width: 13, height: 10 });
    const [tall] = windows({ width: 10, height: 1000 }, whole, 1);
    expect(tall).toMatchObject({ left: 0, top: 493, width: 10, height: 13 });
  });
});

const white: Image = { width: 60, height: 50, channels: 1, data: new Uint8Array(3000).fill(255) };
const erased = (name: string, settings: object, seed: number) => {
  const entry = transforms.get(name);
  const after = runStep(entry.create(entry.parse({ ...settings, p: 1 })), white, Rng.fromSeed(seed));
  return after.data.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0) / 3000;
};

test('RandomErasing erases an area within its scale, or nothing if no box fits', () => {
  for (let seed = 0; seed < 200; seed++) {
    const part = erased('randomErasing', { scale: [0.1, 0.3] }, seed);
    expect(part).toBeGreaterThan(0.09);
    expect(part).toBeLessThan(0.32);
  }
  expect(erased('randomErasing', { scale: 1 }, 0)).toBe(0);
});

test('CoarseDropout and GridDropout erase the requested area', () => {
  const one = { holes: 1, height: 0.5, width: 0.2 };
  expect(erased('coarseDropout', one, 3)).toBeCloseTo(0.1, 10);
  expect(erased('gridDropout', { cells: 5, ratio: 0.5 }, 3)).toBeCloseTo(0.25, 1);
  expect(erased('gridDropout', { cells: 5, ratio: 1 }, 3)).toBe(1);
});

test('a homography maps its four points to their targets', () => {
  const from = [0, 0, 9, 1, 8, 7, -1, 6];
  const to = [2, 1, 7, 0, 9, 9, 0, 8];
  const [a, b, c, d, e, f, g, h] = homography(from, to) ?? [];
  if (h === undefined || g === undefined) throw new Error('no homography');
  for (let i = 0; i < 8; i += 2) {
    const [x = 0, y = 0] = from.slice(i);
    const share = g * x + h * y + 1;
    expect(((a ?? 0) * x + (b ?? 0) * y + (c ?? 0)) / share).toBeCloseTo(to[i] ?? 0, 9);
    expect(((d ?? 0) * x + (e ?? 0) * y + (f ?? 0)) / share).toBeCloseTo(to[i + 1] ?? 0, 9);
  }
  expect(homography([0, 0, 1, 1, 2, 2, 3, 3], to)).toBeUndefined();
});
