import { type Image, PodiumError, Rng } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { runStep } from './lazy-image.ts';
import { pipelineFrom } from './pipeline.ts';
import { transforms } from './registry.ts';

const SIZES = [
  [1, 1],
  [7, 5],
  [64, 48],
] as const;

function testImage(width: number, height: number, channels: number): Image {
  const rng = Rng.fromSeed(`${width}x${height}x${channels}`);
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const slope = (pixel % width) * 2 + Math.floor(pixel / width) * 3 + (i % channels) * 20;
    return (slope + rng.int(40)) % 256;
  });
  return { width, height, channels, data };
}

/** As `toEqual`, which walks arrays of pixels slowly. */
function expectSame(got: Image, wanted: Image): void {
  expect([got.width, got.height, got.channels]).toEqual([wanted.width, wanted.height, wanted.channels]);
  expect(Buffer.from(got.data).equals(wanted.data), 'the same pixels').toBe(true);
}

const images = SIZES.flatMap(([width, height]) =>
  [1, 3].map((channels) => testImage(width, height, channels)),
);

const entries = [...transforms].map((entry) => [entry.name, entry] as const);

describe.each(entries)('%s', (name, entry) => {
  const settings = entry.parse({ p: 1 });
  const step = entry.create(settings);

  test('takes images of any size, gray or color, and does not write to them', () => {
    for (const image of images) {
      const before = { ...image, data: image.data.slice() };
      for (let seed = 0; seed < 4; seed++) {
        const after = runStep(step, image, Rng.fromSeed(seed));
        expect(after.channels).toBe(image.channels);
        expect(Number.isInteger(after.width) && after.width >= 1).toBe(true);
        expect(Number.isInteger(after.height) && after.height >= 1).toBe(true);
        expect(after.data).toBeInstanceOf(Uint8Array);
        expect(after.data.length).toBe(after.width * after.height * after.channels);
        expectSame(image, before);
      }
    }
  });

  test('gives the same bytes for the same seed', () => {
    for (const image of images) {
      expectSame(runStep(step, image, Rng.fromSeed('same')), runStep(step, image, Rng.fromSeed('same')));
    }
  });

  test('gives the same bytes wherever the image lies in memory', () => {
    for (const image of images) {
      const memory = new Uint8Array(image.data.length + 7);
      memory.set(image.data, 3);
      const moved = { ...image, data: memory.subarray(3, 3 + image.data.length) };
      expectSame(runStep(step, moved, Rng.fromSeed(5)), runStep(step, image, Rng.fromSeed(5)));
    }
  });

  test('is never applied with p = 0', () => {
    const never = entry.create(entry.parse({ p: 0 }));
    for (const image of images) expectSame(runStep(never, image, Rng.fromSeed(3)), image);
  });

  test('spells out its settings as JSON that parses to itself', () => {
    const full = entry.parse();
    expect(JSON.parse(JSON.stringify(full))).toEqual(full);
    expect(entry.parse(full)).toEqual(full);
    expect(Object.keys(full)).toEqual(Object.keys(entry.settings.shape));
    const { spec } = pipelineFrom([{ [name]: {} }]);
    expect(spec).toEqual([{ [name]: full }]);
    expect(pipelineFrom(JSON.parse(JSON.stringify(spec))).spec).toEqual(spec);
  });

  test('rejects unknown and wrong settings by name', () => {
    expect(() => entry.parse({ nonsense: 1 }, 'augment[0].x')).toThrow(
      /^augment\[0\]\.x\.nonsense: unknown key/,
    );
    for (const key of Object.keys(settings)) {
      for (const wrong of [null, 'wrong', Number.NaN, [3, 2, 1, 0], {}]) {
        expect(() => entry.parse({ [key]: wrong }, 'at'), `${key}: ${wrong}`).toThrow(PodiumError);
      }
    }
  });
});

test.each(entries.filter(([, entry]) => Array.isArray(entry.parse().size)))(
  '%s gives the requested size',
  (_, entry) => {
    const wanted = entry.create(entry.parse({ size: [9, 13], p: 1 }));
    for (const image of images) {
      const after = runStep(wanted, image, Rng.fromSeed(1));
      expect([after.height, after.width]).toEqual([9, 13]);
    }
  },
);

test.each(entries.filter(([, entry]) => entry.identity !== undefined))(
  '%s leaves the image unchanged with its identity settings',
  (_, entry) => {
    const still = entry.create(entry.parse({ ...entry.identity, p: 1 }));
    for (const image of images) expectSame(runStep(still, image, Rng.fromSeed(2)), image);
  },
);

test.each(entries.filter(([, entry]) => entry.opening(entry.parse({ p: 1 })) !== undefined))(
  '%s asks the decoder for a window inside the image',
  (_, entry) => {
    const opening = entry.opening(entry.parse({ p: 1 }))!;
    for (const { width, height } of images) {
      for (let seed = 0; seed < 20; seed++) {
        const window = opening.window({ width, height }, Rng.fromSeed(seed));
        const { left, top, outWidth, outHeight } = window;
        for (const value of [left, top, window.width, window.height, outWidth, outHeight]) {
          expect(Number.isInteger(value)).toBe(true);
        }
        expect(left >= 0 && top >= 0 && window.width >= 1 && window.height >= 1).toBe(true);
        expect(left + window.width <= width && top + window.height <= height).toBe(true);
        expect(outWidth >= 1 && outHeight >= 1).toBe(true);
      }
    }
    expect(entry.opening(entry.parse({ p: 0.5 }))).toBeUndefined();
  },
);
