import { samplingOf, samplingSettings } from '../settings/pixels.ts';
import { defineTransform, type TransformEntry } from '../transform.ts';
import { amountOf, type Ranges } from './magnitudes.ts';
import { type Operation, operate } from './operations.ts';

/** An operation, its probability, and its magnitude from 0 to 9 (0 for operations without one). */
type Part = readonly [operation: Operation, p: number, magnitude: number];

/** The ImageNet policy: table 9 of the paper. */
const IMAGENET: readonly (readonly [Part, Part])[] = [
  [
    ['posterize', 0.4, 8],
    ['rotate', 0.6, 9],
  ],
  [
    ['solarize', 0.6, 5],
    ['autoContrast', 0.6, 0],
  ],
  [
    ['equalize', 0.8, 0],
    ['equalize', 0.6, 0],
  ],
  [
    ['posterize', 0.6, 7],
    ['posterize', 0.6, 6],
  ],
  [
    ['equalize', 0.4, 0],
    ['solarize', 0.2, 4],
  ],
  [
    ['equalize', 0.4, 0],
    ['rotate', 0.8, 8],
  ],
  [
    ['solarize', 0.6, 3],
    ['equalize', 0.6, 0],
  ],
  [
    ['posterize', 0.8, 5],
    ['equalize', 1, 0],
  ],
  [
    ['rotate', 0.2, 3],
    ['solarize', 0.6, 8],
  ],
  [
    ['equalize', 0.6, 0],
    ['posterize', 0.4, 6],
  ],
  [
    ['rotate', 0.8, 8],
    ['color', 0.4, 0],
  ],
  [
    ['rotate', 0.4, 9],
    ['equalize', 0.6, 0],
  ],
  [
    ['equalize', 0, 0],
    ['equalize', 0.8, 0],
  ],
  [
    ['invert', 0.6, 0],
    ['equalize', 1, 0],
  ],
  [
    ['color', 0.6, 4],
    ['contrast', 1, 8],
  ],
  [
    ['rotate', 0.8, 8],
    ['color', 1, 2],
  ],
  [
    ['color', 0.8, 8],
    ['solarize', 0.8, 7],
  ],
  [
    ['sharpness', 0.4, 7],
    ['invert', 0.6, 0],
  ],
  [
    ['shearX', 0.6, 5],
    ['equalize', 1, 0],
  ],
  [
    ['color', 0.4, 0],
    ['equalize', 0.6, 0],
  ],
  [
    ['equalize', 0.4, 0],
    ['solarize', 0.2, 4],
  ],
  [
    ['solarize', 0.6, 5],
    ['autoContrast', 0.6, 0],
  ],
  [
    ['invert', 0.6, 0],
    ['equalize', 1, 0],
  ],
  [
    ['color', 0.6, 4],
    ['contrast', 1, 8],
  ],
  [
    ['equalize', 0.8, 0],
    ['equalize', 0.6, 0],
  ],
];

const RANGES: Ranges = {
  shear: 0.3,
  translate: ({ width, height }) => ({ x: (150 / 331) * width, y: (150 / 331) * height }),
  degrees: 30,
  enhance: 0.9,
  bits: [8, 4],
};

/** Applies one of 25 learned pairs of operations (Cubuk 2018, ImageNet policy; torchvision `AutoAugment`). */
export const autoAugment: TransformEntry = defineTransform({
  name: 'autoAugment',
  summary: 'Applies one of 25 pairs of operations learned on ImageNet.',
  settings: () => ({ ...samplingSettings() }),
  create: (settings) => {
    const sampling = samplingOf(settings);
    return (start, rng) =>
      rng.choice(IMAGENET).reduce((image, [operation, p, magnitude]) => {
        if (!rng.bool(p)) return image;
        const amount = amountOf(operation, RANGES, [magnitude, 10], image, rng);
        return operate(image, operation, amount, sampling);
      }, start);
  },
});
