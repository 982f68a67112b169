import { z } from 'zod';
import { LazyImage } from '../lazy-image.ts';
import { dirichlet } from '../random/gamma.ts';
import { samplingOf, samplingSettings } from '../settings/pixels.ts';
import { integer, number } from '../settings/ranges.ts';
import { defineTransform, onImage, type TransformEntry } from '../transform.ts';
import { amountOf, type Ranges } from './magnitudes.ts';
import { type Operation, operate } from './operations.ts';

const OPERATIONS: readonly Operation[] = [
  'shearX',
  'shearY',
  'translateX',
  'translateY',
  'rotate',
  'posterize',
  'solarize',
  'autoContrast',
  'equalize',
];
/** Excluded by `allOperations: false`: they resemble the corruptions of ImageNet-C. */
const COLOR_OPERATIONS: readonly Operation[] = ['brightness', 'color', 'contrast', 'sharpness'];

const RANGES: Ranges = {
  shear: 0.3,
  translate: ({ width, height }) => ({ x: width / 3, y: height / 3 }),
  degrees: 30,
  enhance: 0.9,
  bits: [4, 4],
};

/**
 * Mixes the image with `width` augmented copies (Hendrycks 2020; torchvision `AugMix`). Each copy is a chain of `depth`
 * operations (0: one to three) at one of the lowest `severity` of ten magnitudes. The copies' weights follow a Dirichlet
 * distribution, the original's share a Beta distribution, both with parameter `alpha`.
 */
export const augMix: TransformEntry = defineTransform({
  name: 'augMix',
  summary: 'Mixes the image with augmented copies of it.',
  settings: () => ({
    severity: integer(3, { min: 1, max: 10 }),
    width: integer(3, { min: 1, max: 16 }),
    depth: integer(0, { min: 0, max: 16 }),
    alpha: number(1, { min: 0.01, max: 100 }),
    allOperations: z.boolean().default(true),
    ...samplingSettings(),
  }),
  create: ({ severity, width, depth, alpha, allOperations, ...rest }) => {
    const sampling = samplingOf(rest);
    const operations = allOperations ? [...OPERATIONS, ...COLOR_OPERATIONS] : OPERATIONS;
    return onImage((image, rng) => {
      const [kept = 1, changed = 0] = dirichlet(rng, alpha, 2);
      const shares = dirichlet(rng, alpha, width).map((share) => share * changed);
      const { length } = image.data;
      const sums = new Float32Array(length);
      // Guards against rounding down: an image mixed with itself stays the same.
      for (let i = 0; i < length; i++) sums[i] = image.data[i]! * kept + 0.001;
      for (const share of shares) {
        let chain = LazyImage.of(image);
        const links = depth === 0 ? 1 + rng.int(3) : depth;
        for (let link = 0; link < links; link++) {
          const operation = rng.choice(operations);
          const amount = amountOf(operation, RANGES, [rng.int(severity), 10], image, rng);
          chain = operate(chain, operation, amount, sampling);
        }
        const { data } = chain.read();
        for (let i = 0; i < length; i++) sums[i] = sums[i]! + share * data[i]!;
      }
      const data = new Uint8Array(length);
      for (let i = 0; i < length; i++) data[i] = Math.min(255, sums[i]!);
      return { ...image, data };
    });
  },
});
