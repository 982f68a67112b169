import { Rng } from '@podium/core';
import { expect, test } from 'vitest';
import { withoutColors } from './colors.ts';
import { compareChanged } from './compare-changed.ts';
import { IMAGE_SIDE, patchFeatures } from './patch-features.ts';

type Draw = (set: (x: number, y: number, level?: number | readonly number[]) => void, rng: Rng) => void;

/** `each` noisy images per class, mirrored beside them, through the classifier. */
function compare(draws: Readonly<Record<string, Draw>>, each: number, { seed = 'a', perGroup = 1 } = {}) {
  const rng = Rng.fromSeed(seed);
  const classes = Object.keys(draws);
  const labels = classes.flatMap((name) => Array.from({ length: each }, () => name));
  const images = labels.map((name, i) => {
    const own = rng.split(i);
    const pixels = Uint8Array.from({ length: IMAGE_SIDE ** 2 * 3 }, () => 100 + own.int(40));
    draws[name]!((x, y, level = 230) => {
      if (x < 0 || y < 0 || x >= IMAGE_SIDE || y >= IMAGE_SIDE) return;
      for (let c = 0; c < 3; c++)
        pixels[(y * IMAGE_SIDE + x) * 3 + c] = typeof level === 'number' ? level : level[c]!;
    }, own);
    return pixels;
  });
  const mirrored = images.map((image) => {
    const turned = new Uint8Array(image.length);
    for (let y = 0; y < IMAGE_SIDE; y++)
      for (let x = 0; x < IMAGE_SIDE; x++)
        for (let c = 0; c < 3; c++)
          turned[(y * IMAGE_SIDE + x) * 3 + c] = image[(y * IMAGE_SIDE + IMAGE_SIDE - 1 - x) * 3 + c]!;
    return turned;
  });
  const features = patchFeatures(images, rng.split('patches'));
  return compareChanged({
    whole: images.map(features),
    changed: {
      mirrored: mirrored.map(features),
      gray: images.map((image) => features(withoutColors(image))),
    },
    groups: labels.map((_, i) => `g${Math.floor(i / perGroup)}`),
    problems: [{ classes, labels }],
  });
}

const square =
  (left: boolean): Draw =>
  (set, rng) => {
    const [x, y] = [rng.int(5) + (left ? 1 : 14), rng.int(15)];
    for (let i = 0; i < 25; i++) set(x + (i % 5), y + Math.floor(i / 5));
  };
const arrow =
  (left: boolean): Draw =>
  (set, rng) => {
    const [x, y] = [4 + rng.int(8), 6 + rng.int(10)];
    for (let i = 0; i < 9; i++) set(x + i, y);
    for (let i = 0; i < 4; i++) for (const sign of [-1, 1]) set(left ? x + i : x + 8 - i, y + sign * i);
  };
const bar =
  (upright: boolean): Draw =>
  (set, rng) => {
    const at = 3 + rng.int(17);
    for (let i = 2; i < 22; i++) for (const w of [0, 1]) set(upright ? at + w : i, upright ? i : at + w);
  };

test.each([20, 60])('squares on the left and on the right lose their classes: %i per class', (each) => {
  const { mirrored, gray } = compare({ left: square(true), right: square(false) }, each)!;
  expect(mirrored).toMatchObject({ keepsClasses: false });
  expect(mirrored.whole).toBeGreaterThan(0.9);
  expect(mirrored.changed).toBeLessThan(0.1);
  expect(gray).toMatchObject({ keepsClasses: true });
});

test('and so do arrows, wherever they are', () => {
  expect(compare({ left: arrow(true), right: arrow(false) }, 60)!.mirrored.keepsClasses).toBe(false);
});

test.each(['a', 'b', 'c', 'd', 'e'])(
  'bars, upright or not, keep them, and so does noise: seed %s',
  (seed) => {
    const pairs: Readonly<Record<string, Draw>>[] = [
      { upright: bar(true), flat: bar(false) },
      { a: () => {}, b: () => {} },
    ];
    for (const draws of pairs)
      expect(compare(draws, 40, { seed })).toMatchObject({
        mirrored: { keepsClasses: true },
        gray: { keepsClasses: true },
      });
  },
);

test('squares of equal brightness lose their classes without colors', () => {
  const colored =
    (color: readonly number[]): Draw =>
    (set, rng) => {
      const [x, y] = [rng.int(18), rng.int(18)];
      for (let i = 0; i < 25; i++) set(x + (i % 5), y + Math.floor(i / 5), color);
    };
  const found = compare({ red: colored([240, 100, 150]), green: colored([100, 180, 150]) }, 60)!;
  expect(found.gray.keepsClasses).toBe(false);
  expect(found.gray.whole - found.gray.changed).toBeGreaterThan(0.2);
  expect(found.mirrored.keepsClasses).toBe(true);
});

test('of few images, or copies of few, nothing is concluded', () => {
  expect(compare({ left: square(true), right: square(false) }, 20, { perGroup: 20 })).toBeNull();
  expect(compare({ left: square(true) }, 20)).toBeNull();
});
