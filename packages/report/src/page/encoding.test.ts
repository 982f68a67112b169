import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COLORS, encoding } from './encoding.ts';

const style = readFileSync(join(import.meta.dirname, '..', '..', 'client', 'style.css'), 'utf8');
const variable = (name: string) => {
  const [, light = '', dark = ''] =
    new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(style) ?? [];
  return { light, dark };
};

test('100 categories are drawn in 100 ways', () => {
  const ways = Array.from({ length: 100 }, (_, i) => JSON.stringify(encoding(i)));
  expect(new Set(ways).size).toBe(100);
});

test.each(['light', 'dark'] as const)(
  '%s: every color is told from the page and from every other',
  (theme) => {
    const colors = Array.from({ length: COLORS }, (_, i) => variable(`c${i}`)[theme]);
    const surface = variable('surface')[theme];
    for (const [i, color] of colors.entries()) {
      expect(contrast(color, surface), `c${i} ${color}`).toBeGreaterThanOrEqual(3);
      // Differences of 0.02 are just noticeable side by side.
      for (const other of colors.slice(0, i))
        expect(distance(color, other), `${color} ${other}`).toBeGreaterThan(0.08);
    }
  },
);

function linear(hex: string): [red: number, green: number, blue: number] {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
}

/** WCAG's contrast ratio. */
function contrast(a: string, b: string): number {
  const [high, low] = [a, b]
    .map((hex) => linear(hex))
    .map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue)
    .sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Distance in Oklab. */
function distance(a: string, b: string): number {
  const [p, q] = [oklab(a), oklab(b)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

function oklab(hex: string): [number, number, number] {
  const [r, g, b] = linear(hex);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
