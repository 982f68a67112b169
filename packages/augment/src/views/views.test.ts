import { type Image, PodiumError, Rng } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pipelineFrom } from '../pipeline.ts';
import { preset } from '../presets.ts';
import { restoreMaps, type ViewMap } from './restore-maps.ts';
import { type View, viewFrom, viewKinds, viewsFrom } from './views-from.ts';

const rng = Rng.fromSeed('views');
const ALL = [
  'identity',
  'horizontalFlip',
  'verticalFlip',
  'rot90',
  'fiveCrops',
  'tenCrops',
  { scales: { factors: [0.9, 1.3] } },
  { transforms: { steps: [{ colorJitter: { brightness: 0.5 } }], seed: 3, count: 2 } },
  { transforms: { steps: [{ randomResizedCrop: { size: 20 } }, 'horizontalFlip'], seed: 'x' } },
];

function testImage(width: number, height: number, channels = 3): Image {
  const noise = Rng.fromSeed('image');
  const data = Uint8Array.from(
    { length: width * height * channels },
    (_, i) => ((i * 3) % 200) + noise.int(40),
  );
  return { width, height, channels, data };
}

/** A gray image of up to 256 pixels, each of its own value. */
function numbered(width: number, height: number): Image {
  return { width, height, channels: 1, data: Uint8Array.from({ length: width * height }, (_, i) => i) };
}

/** A view's image as if it were a map of that view. */
function asMap({ data, width, height }: Image): ViewMap {
  return { values: data, width, height };
}

const still = (steps: unknown) => pipelineFrom(steps);

test('the registry lists the kinds', () => {
  expect(viewKinds.names()).toEqual([
    'fiveCrops',
    'horizontalFlip',
    'identity',
    'rot90',
    'scales',
    'tenCrops',
    'transforms',
    'verticalFlip',
  ]);
  expect(viewsFrom(ALL, { size: 20 }).map(({ name }) => name)).toEqual(
    [
      'identity horizontalFlip verticalFlip rot90.90 rot90.180 rot90.270',
      'fiveCrops.topLeft fiveCrops.topRight fiveCrops.bottomLeft fiveCrops.bottomRight fiveCrops.center',
      'tenCrops.topLeft tenCrops.topRight tenCrops.bottomLeft tenCrops.bottomRight tenCrops.center',
      'tenCrops.topLeftMirrored tenCrops.topRightMirrored tenCrops.bottomLeftMirrored',
      'tenCrops.bottomRightMirrored tenCrops.centerMirrored',
      'scales.0.9 scales.1.3 transforms.0 transforms.1 transforms',
    ].flatMap((line) => line.split(' ')),
  );
});

describe.each([
  [61, 40],
  [33, 50],
  [20, 20],
])('of an image of %i x %i', (width, height) => {
  const image = testImage(width, height);
  const usual = still(preset('eval', { size: 20 })).run(image, rng);
  const view = (name: unknown, i = 0) => viewsFrom([name], { size: 20 })[i]!.run(image, rng);

  test('identity is what the model is evaluated on, and flips and rotations start from it', () => {
    expect(view('identity')).toEqual(usual);
    expect(view('horizontalFlip')).toEqual(still([{ horizontalFlip: { p: 1 } }]).run(usual, rng));
    expect(view('verticalFlip')).toEqual(still([{ verticalFlip: { p: 1 } }]).run(usual, rng));
    for (const quarters of [1, 2, 3]) {
      expect(view('rot90', quarters - 1)).toEqual(still([{ rot90: { quarters } }]).run(usual, rng));
    }
    expect(view('fiveCrops', 4)).toEqual(usual);
    expect(view({ scales: { factors: [1] } })).toEqual(usual);
    const nearer = still([
      { resizeShorter: { size: 29, interpolation: 'bicubic' } },
      { centerCrop: { size: 20 } },
    ]);
    expect(view({ scales: { factors: [1.3] } })).toEqual(nearer.run(image, rng));
  });

  test('every view has the size of the model, needs only its window, and can be recreated from JSON', () => {
    for (const made of viewsFrom(ALL, { size: 20 })) {
      const whole = made.run(image, rng);
      expect([made.name, whole.width, whole.height, whole.channels]).toEqual([made.name, 20, 20, 3]);
      const again = viewFrom(JSON.parse(JSON.stringify(made.spec)));
      expect(again.name).toBe(made.name);
      const { left, top, width: w, height: h, outWidth, outHeight, interpolation } = again.window(image, rng);
      const part = still([{ resize: { size: [outHeight, outWidth], interpolation } }]);
      const cut = cutOut(image, left, top, w, h);
      expect(again.apply(part.run(cut, rng), rng)).toEqual(whole);
    }
  });
});

function cutOut({ width, channels, data }: Image, left: number, top: number, w: number, h: number): Image {
  const rows = Array.from({ length: h }, (_, y) => {
    const start = ((top + y) * width + left) * channels;
    return [...data.subarray(start, start + w * channels)];
  });
  return { width: w, height: h, channels, data: Uint8Array.from(rows.flat()) };
}

// First pixels of what torchvision's ten_crop makes of an image whose pixels are numbered; no resizing.
test.each([[7, 5, 4, [0, 3, 7, 10, 2, 6, 3, 13, 10, 4]]])(
  'crops are those of torchvision: %i x %i',
  (width, height, size, expected) => {
    const image = numbered(width, height);
    const frame = { size, cropPct: size / Math.min(width, height) };
    const firsts = viewsFrom(['tenCrops'], frame).map((view) => view.run(image, rng).data[0]);
    expect(firsts).toEqual(expected);
  },
);

test('views of one scale return the same window, so that it is read and resized once', () => {
  const windows = viewsFrom(ALL.slice(0, 6), { size: 20 }).map((view) => view.window(testImage(61, 40), rng));
  for (const window of windows) expect(window).toEqual(windows[0]);
});

test('lists of transforms draw per image and seed', () => {
  const steps = [{ randomResizedCrop: { size: 20, scale: [0.1, 0.3] } }];
  const [one, two] = viewsFrom([{ transforms: { steps, seed: 1, count: 2 } }], { size: 20 }) as [View, View];
  const [other] = viewsFrom([{ transforms: { steps, seed: 2 } }], { size: 20 }) as [View];
  const image = testImage(61, 40);
  const shown = [one, two, other].map((view) => view.run(image, rng));
  shown.push(one.run(image, rng.split('another image')));
  expect(new Set(shown.map(({ data }) => data.join())).size).toBe(4);
  expect(one.run(image, rng)).toEqual(shown[0]);
});

describe('restoring maps', () => {
  test('is exact if nothing was resized', () => {
    for (const [width, height] of [
      [13, 10],
      [10, 14],
    ] as const) {
      const image = numbered(width, height);
      for (const view of viewsFrom(ALL.slice(0, 6), { size: 8, cropPct: 0.8 })) {
        const map = asMap(view.run(image, rng));
        const { values, views } = restoreMaps([view], [map], image);
        expect(
          views.reduce((sum, count) => sum + count, 0),
          view.name,
        ).toBe(64);
        for (const [i, count] of views.entries()) {
          expect(values[i], `${view.name} at ${i}`).toBe(count === 0 ? 0 : image.data[i]);
        }
      }
    }
  });

  test('finds the place for any sizes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 30, max: 90 }),
        fc.integer({ min: 30, max: 90 }),
        fc.double({ min: 0.7, max: 1, noNaN: true }),
        (width, height, cropPct) => {
          // A slope goes through resizing unchanged.
          const ramp = (x: number, y: number) => 20 + (200 * (x + 2 * y)) / (width + 2 * height);
          const data = Uint8Array.from({ length: width * height }, (_, i) =>
            Math.round(ramp((i % width) + 0.5, Math.floor(i / width) + 0.5)),
          );
          const image = { width, height, channels: 1, data };
          for (const view of viewsFrom(ALL.slice(0, 6), { size: 24, cropPct, interpolation: 'bilinear' })) {
            const out = { width: 17, height: 19 };
            const { values, views } = restoreMaps([view], [asMap(view.run(image, rng))], image, out);
            const step = (200 * 3 * Math.max(width, height)) / 24 / (width + 2 * height);
            for (const [i, count] of views.entries()) {
              if (count === 0) continue;
              const [x, y] = [((i % 17) + 0.5) * (width / 17), (Math.floor(i / 17) + 0.5) * (height / 19)];
              // Half a pixel of the view at its edges, and rounding.
              expect(Math.abs(values[i]! - ramp(x, y)), view.name).toBeLessThan(step / 2 + 2);
            }
          }
        },
      ),
      { seed: 2, numRuns: 15 },
    );
  });

  test('averages where views overlap', () => {
    const views = viewsFrom(['fiveCrops', 'horizontalFlip'], { size: 8, cropPct: 0.8 });
    const image = numbered(10, 10);
    const maps = views.map((view) => asMap(view.run(image, rng)));
    const restored = restoreMaps(views, maps, image);
    expect([...restored.values]).toEqual([...image.data]);
    expect(restored.views[0]).toBe(1);
    expect(restored.views[55]).toBe(6);
    // Two views that differ: half and half.
    const flat = (value: number) => ({ values: new Float32Array(4).fill(value), width: 2, height: 2 });
    const both = restoreMaps(
      viewsFrom(['identity', 'rot90'], { size: 20, cropPct: 1 }).slice(0, 2),
      [flat(1), flat(2)],
      {
        width: 20,
        height: 20,
      },
    );
    expect(new Set(both.values)).toEqual(new Set([1.5]));
  });
});

describe('errors name the place', () => {
  test.each([
    ['no list', 'identity', {}, /^views: expected a list of views.*got "identity"/],
    ['an empty list', [], {}, /^views: expected a list of views/],
    [
      'an unknown view',
      ['identity', 'horizontalFlp'],
      {},
      /^views\[1\]: unknown view.*did you mean "horizontalFlip"/,
    ],
    ['a prototype name', ['constructor'], {}, /^views\[0\]: unknown view/],
    ['two names', [{ rot90: {}, scales: {} }], {}, /^views\[0\]: expected one view/],
    [
      'a wrong setting',
      [{ rot90: { quarters: [4] } }],
      {},
      /^views\[0\]\.rot90\.quarters\[0\]: expected a whole number from 1 to 3, got 4/,
    ],
    ['a slip', [{ rot90: { quarter: [1] } }], {}, /^views\[0\]\.rot90\.quarter: unknown key/],
    [
      'a scale too small',
      [{ scales: { factors: [0.5] } }],
      {},
      /^views\[0\]\.scales\.factors.*at least cropPct, 0\.875/,
    ],
    ['no steps', [{ transforms: {} }], {}, /^views\[0\]\.transforms\.steps: expected at least one step/],
    [
      'a wrong step',
      [{ transforms: { steps: ['hu'] } }],
      {},
      /^views\[0\]\.transforms\.steps\[0\]: unknown step/,
    ],
    ['a size', ['identity'], { size: 0 }, /^views settings\.size: expected/],
  ])('%s', (_, spec, settings, message) => {
    expect(() => viewsFrom(spec, { size: 20, ...settings })).toThrow(message);
  });

  test('views from invalid specs', () => {
    const [view] = viewsFrom(['identity'], { size: 20 }) as [View];
    expect(() => viewFrom('identity')).toThrow(/^view: expected the spec of a view/);
    expect(() => viewFrom({ ...view.spec, index: 1 })).toThrow(/^view\.index: expected/);
    expect(() => viewFrom({ ...view.spec, frame: 3 })).toThrow(/^view\.frame/);
  });

  test('maps that cannot be restored', () => {
    const views = viewsFrom([{ transforms: { steps: ['invert'] } }], { size: 4 });
    const map = { values: [1], width: 1, height: 1 };
    const size = { width: 4, height: 4 };
    expect(() => restoreMaps(views, [map], size)).toThrow(
      /views\[0\] \(transforms\).*got a list of transforms/,
    );
    expect(() => restoreMaps(views, [], size)).toThrow(/expected 1 maps, one per view, got 0/);
    expect(() => restoreMaps(views, [{ ...map, width: 2 }], size)).toThrow(
      /maps\[0\]: expected 2 x 1 values, got 1/,
    );
  });

  test('nonsense gives only PodiumErrors', () => {
    const names = fc.constantFrom(...viewKinds.names());
    const lists = fc.array(fc.oneof(fc.anything(), fc.dictionary(names, fc.anything(), { maxKeys: 1 })));
    fc.assert(
      fc.property(lists, fc.anything(), (spec, at) => {
        for (const make of [
          () => viewsFrom(spec, { size: 4 }),
          () => viewFrom(at),
          () => viewFrom({ view: spec[0], index: 0, frame: { size: 4 } }),
        ]) {
          try {
            make();
          } catch (error) {
            expect(error).toBeInstanceOf(PodiumError);
          }
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
