import { type Image, PodiumError, Rng } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { oneOf } from './combinators/one-of.ts';
import { shuffled } from './combinators/shuffled.ts';
import { runStep, type Step } from './lazy-image.ts';
import { pipelineFrom } from './pipeline.ts';
import { preset } from './presets.ts';
import { transforms } from './registry.ts';

function testImage(width = 40, height = 30): Image {
  const rng = Rng.fromSeed('image');
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => ((i * 3) % 200) + rng.int(40));
  return { width, height, channels: 3, data };
}

const image = testImage();
const SPEC = [
  { randomResizedCrop: { size: 24 } },
  'horizontalFlip',
  { oneOf: [{ gaussianBlur: {} }, { jpeg: { quality: 50 } }] },
  { sometimes: { p: 0.3, steps: [{ hue: {} }, 'grayscale'] } },
  { shuffled: [{ brightness: {} }, { rotate: { degrees: 10 } }] },
  { compose: ['equalize'] },
];

describe('the spec of a pipeline', () => {
  test('is spelled out, and makes the same pipeline again', () => {
    const pipeline = pipelineFrom(SPEC);
    const again = pipelineFrom(JSON.parse(JSON.stringify(pipeline.spec)));
    expect(again.spec).toEqual(pipeline.spec);
    expect(pipeline.spec[1]).toEqual({ horizontalFlip: { p: 0.5 } });
    expect(pipeline.spec[2]).toEqual({
      oneOf: {
        steps: [{ gaussianBlur: { sigma: [0.1, 2], p: 0.5 } }, { jpeg: { quality: [50, 50], p: 0.5 } }],
        weights: [],
        p: 1,
      },
    });
    for (let seed = 0; seed < 10; seed++) {
      const rng = Rng.fromSeed(seed);
      expect(again.run(image, rng)).toEqual(pipeline.run(image, rng));
    }
  });

  test('does not depend on what was drawn from the stream before', () => {
    const pipeline = pipelineFrom(SPEC);
    const [fresh, used] = [Rng.fromSeed(1), Rng.fromSeed(1)];
    for (let i = 0; i < 7; i++) used.float();
    expect(pipeline.run(image, used)).toEqual(pipeline.run(image, fresh));
  });

  test('a step added at the end changes nothing before it', () => {
    const shorter = pipelineFrom(SPEC);
    const longer = pipelineFrom([...SPEC, { verticalFlip: { p: 1 } }]);
    const flip = pipelineFrom([{ verticalFlip: { p: 1 } }]);
    for (let seed = 0; seed < 20; seed++) {
      const rng = Rng.fromSeed(seed);
      expect(longer.run(image, rng)).toEqual(flip.run(shorter.run(image, rng), rng));
    }
  });

  test.each(['light', 'medium', 'heavy', 'eval'] as const)('preset %s is a spec', (name) => {
    const pipeline = pipelineFrom(preset(name, { size: 20 }));
    const after = pipeline.run(image, Rng.fromSeed(name));
    expect([after.height, after.width]).toEqual([20, 20]);
    expect(pipeline.window).toBeDefined();
  });

  test('rejects unknown presets', () => {
    expect(() => preset('lite' as 'light', { size: 8 })).toThrow(
      /expected light\|medium\|heavy\|eval, got "lite"/,
    );
  });
});

describe('the window for the decoder', () => {
  const crop = (from: Image, left: number, top: number, width: number, height: number): Image => {
    const data = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) {
      const start = ((top + y) * from.width + left) * 3;
      data.set(from.data.subarray(start, start + width * 3), y * width * 3);
    }
    return { width, height, channels: 3, data };
  };

  test.each([
    [{ randomResizedCrop: { size: [12, 16] } }],
    [{ resize: { size: [12, 16] } }],
    [{ resizeShorter: { size: 17 } }],
    [{ randomCrop: { size: 13 } }],
    [{ randomCrop: { size: [50, 13], fill: 9 } }],
    [{ centerCrop: { size: [13, 60] } }],
  ])('%j: reading the window and applying the rest equals running on the whole image', (step) => {
    const pipeline = pipelineFrom([step, { horizontalFlip: {} }]);
    for (let seed = 0; seed < 20; seed++) {
      const rng = Rng.fromSeed(seed);
      const window = pipeline.window?.(image, rng);
      if (window === undefined) throw new Error('no window');
      const part = crop(image, window.left, window.top, window.width, window.height);
      const { outHeight, outWidth, interpolation } = window;
      const size = pipelineFrom([{ resize: { size: [outHeight, outWidth], interpolation } }]);
      const read = size.run(part, rng);
      const [got, whole] = [pipeline.apply(read, rng), pipeline.run(image, rng)];
      // The position of a small image within its padding is drawn from the padded, not the stored size.
      const padded = 'randomCrop' in step && Array.isArray(step.randomCrop.size);
      if (padded) expect([got.width, got.height]).toEqual([whole.width, whole.height]);
      else expect(got).toEqual(whole);
    }
  });

  test('is missing if the first step is another, or is not always applied', () => {
    expect(pipelineFrom(['horizontalFlip', { resize: { size: 8 } }]).window).toBeUndefined();
    expect(pipelineFrom([{ resize: { size: 8, p: 0.5 } }]).window).toBeUndefined();
    expect(pipelineFrom([]).window).toBeUndefined();
    expect(pipelineFrom([]).apply(image, Rng.fromSeed(0))).toEqual(image);
  });
});

describe('errors name the step', () => {
  test.each([
    ['not a list', 'light', /^augment: expected a list of steps.*got "light"/],
    ['a number', [{ rotate: {} }, 7], /^augment\[1\]: expected one step.*got 7/],
    ['two names', [{ rotate: {}, hue: {} }], /^augment\[0\]: expected one step/],
    [
      'a slip',
      [{ horizontalflp: {} }],
      /^augment\[0\]: unknown step: got "horizontalflp" \(did you mean "horizontalFlip"\?\)/,
    ],
    ['an unknown name', [{ xyz: {} }], /^augment\[0\]: unknown step: expected affine\|/],
    ['a prototype name', ['constructor'], /^augment\[0\]: unknown step/],
    [
      'a wrong setting',
      [{ hue: {} }, {}, { rotate: { degrees: 'ten' } }].filter((step) => Object.keys(step).length),
      /^augment\[1\]\.rotate\.degrees: expected a number d .*got "ten"/,
    ],
    [
      'a slip in a setting',
      [{ rotate: { degree: 10 } }],
      /^augment\[0\]\.rotate\.degree: unknown key: .*did you mean "degrees"/,
    ],
    ['a probability', [{ hue: { p: 2 } }], /^augment\[0\]\.hue\.p: expected a number from 0 to 1, got 2/],
    [
      'deep inside',
      [{ oneOf: { steps: [{ sometimes: [{ hue: { turns: 3 } }] }] } }],
      /^augment\[0\]\.oneOf\.steps\[0\]\.sometimes\[0\]\.hue\.turns: expected/,
    ],
    ['no steps', [{ oneOf: [] }], /^augment\[0\]\.oneOf: expected at least one step/],
    ['steps missing', [{ oneOf: { p: 1 } }], /^augment\[0\]\.oneOf\.steps: expected a list of steps/],
    [
      'too few weights',
      [{ oneOf: { steps: ['invert', 'hue'], weights: [1] } }],
      /^augment\[0\]\.oneOf\.weights: expected 2 weights/,
    ],
    [
      'settings that are not an object',
      [{ hue: 3 }],
      /^augment\[0\]\.hue: expected an object of settings.*got 3/,
    ],
    ['a reversed range', [{ gamma: { gamma: [2, 1] } }], /^augment\[0\]\.gamma\.gamma: expected/],
  ])('%s', (_, spec, message) => {
    expect(() => pipelineFrom(spec)).toThrow(message);
  });

  test('a spec that is nested too deep', () => {
    let spec: unknown = ['invert'];
    for (let i = 0; i < 1000; i++) spec = [{ compose: spec }];
    expect(() => pipelineFrom(spec)).toThrow(/nested at most 32 deep/);
  });

  test('nonsense gives only PodiumErrors', () => {
    const names = fc.constantFrom(...transforms.names(), 'oneOf', 'sometimes');
    const steps = fc.array(fc.oneof(fc.anything(), fc.dictionary(names, fc.anything(), { maxKeys: 1 })));
    fc.assert(
      fc.property(steps, (spec) => {
        try {
          pipelineFrom(spec);
        } catch (error) {
          expect(error).toBeInstanceOf(PodiumError);
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});

describe('combinators', () => {
  const add = (amount: number): Step => {
    const table = Uint8Array.from({ length: 256 }, (_, level) => (level + amount) % 256);
    return (start) => start.map(table);
  };
  const dot: Image = { width: 1, height: 1, channels: 1, data: Uint8Array.of(0) };
  const value = (step: Step, seed: number) => runStep(step, dot, Rng.fromSeed(seed)).data[0];

  test('oneOf follows its weights', () => {
    const counts = [0, 0, 0];
    for (let seed = 0; seed < 2000; seed++) {
      const got = value(oneOf([add(0), add(1), add(2)], [1, 0, 3]), seed) ?? 0;
      counts[got] = (counts[got] ?? 0) + 1;
    }
    expect(counts[1]).toBe(0);
    expect((counts[2] ?? 0) / 2000).toBeCloseTo(0.75, 1);
  });

  test('shuffled applies each step once, in every order', () => {
    const double: Step = (start) =>
      start.map(Uint8Array.from({ length: 256 }, (_, level) => (2 * level) % 256));
    const results = new Set(Array.from({ length: 50 }, (_, seed) => value(shuffled([add(3), double]), seed)));
    expect([...results].sort()).toEqual([3, 6]);
  });
});

describe('merged steps', () => {
  const still = (name: string, settings: object) => {
    const entry = transforms.get(name);
    return entry.create(entry.parse({ ...settings, p: 1 }));
  };

  test('adjacent tables give the bytes of one pass each', () => {
    const steps = [
      still('brightness', { factor: [1.3, 1.3] }),
      still('rgbShift', { levels: 30 }),
      still('posterize', { bits: 4 }),
      still('contrast', { factor: [1.4, 1.4] }),
      still('invert', {}),
    ];
    const rng = Rng.fromSeed(3);
    const together = runStep(
      (start) => steps.reduce((now, step, i) => step(now, rng.split(i)), start),
      image,
      rng,
    );
    const apart = steps.reduce((now, step, i) => runStep(step, now, rng.split(i)), image);
    expect(together).toEqual(apart);
  });

  test('warps that undo each other leave the image unchanged', () => {
    const steps = [
      still('rotate', { degrees: [30, 30], border: 'edge' }),
      still('translate', { x: [0.5, 0.5], y: [0, 0], border: 'edge' }),
      still('translate', { x: [-0.5, -0.5], y: [0, 0], border: 'edge' }),
      still('rotate', { degrees: [-30, -30], border: 'edge' }),
    ];
    const rng = Rng.fromSeed(3);
    const after = runStep((start) => steps.reduce((now, step) => step(now, rng), start), image, rng);
    const largest = after.data.reduce(
      (max, now, i) => Math.max(max, Math.abs(now - (image.data[i] ?? 0))),
      0,
    );
    expect(largest).toBeLessThanOrEqual(1);
  });
});
