import { samplingOf, samplingSettings } from '../settings/pixels.ts';
import { integer } from '../settings/ranges.ts';
import { defineTransform, type TransformEntry } from '../transform.ts';
import { amountOf, type Ranges } from './magnitudes.ts';
import { type Operation, operate } from './operations.ts';

const OPERATIONS: readonly Operation[] = [
  'identity',
  'shearX',
  'shearY',
  'translateX',
  'translateY',
  'rotate',
  'brightness',
  'color',
  'contrast',
  'sharpness',
  'posterize',
  'solarize',
  'autoContrast',
  'equalize',
];

const WIDE: Ranges = {
  shear: 0.99,
  translate: () => ({ x: 32, y: 32 }),
  degrees: 135,
  enhance: 0.99,
  bits: [8, 6],
};

/**
 * Applies one random operation at a random magnitude (Müller and Hutter 2021, "wide" ranges; torchvision
 * `TrivialAugmentWide`).
 */
export const trivialAugmentWide: TransformEntry = defineTransform({
  name: 'trivialAugmentWide',
  summary: 'Applies one random operation at a random magnitude; nothing to tune.',
  settings: () => ({ bins: integer(31, { min: 2, max: 1000 }), ...samplingSettings() }),
  create: ({ bins, ...rest }) => {
    const sampling = samplingOf(rest);
    return (image, rng) => {
      const operation = rng.choice(OPERATIONS);
      const amount = amountOf(operation, WIDE, [rng.int(bins), bins], image, rng);
      return operate(image, operation, amount, sampling);
    };
  },
});
