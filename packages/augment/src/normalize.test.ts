import { expect, test } from 'vitest';
import { IMAGENET, normalizeInto } from './normalize.ts';

const image = { width: 2, height: 1, channels: 3, data: Uint8Array.of(0, 127, 255, 10, 20, 30) };

test('writes (v / 255 - mean) / std from the offset on', () => {
  const out = new Float32Array(8);
  normalizeInto(image, out, 1, IMAGENET.mean, IMAGENET.std);
  expect(out[0]).toBe(0);
  expect(out[1]).toBe(Math.fround((0 - 0.485) / 0.229));
  expect(out[2]).toBe(Math.fround((127 / 255 - 0.456) / 0.224));
  expect(out[6]).toBe(Math.fround((30 / 255 - 0.406) / 0.225));
  expect(out[7]).toBe(0);
});

test('gray images take one mean', () => {
  const out = new Float32Array(2);
  normalizeInto({ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) }, out, 0, [0.5], [0.25]);
  expect([...out]).toEqual([-2, 2]);
});

test('refuses what does not fit', () => {
  const out = new Float32Array(6);
  expect(() => normalizeInto(image, out, 0, [0.5], [0.5])).toThrow(/expected 3 finite means/);
  expect(() => normalizeInto(image, out, 0, [0, 0, 0], [1, 0, 1])).toThrow(/standard deviations > 0/);
  expect(() => normalizeInto(image, out, 1, [0, 0, 0], [1, 1, 1])).toThrow(
    /room for 6 values from place 1 on/,
  );
});
