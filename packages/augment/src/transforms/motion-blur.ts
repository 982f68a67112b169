import { meanOf, type Offset } from '../kernels/motion.ts';
import { cosineOfDegrees, sineOfDegrees } from '../portable-math.ts';
import { integerRange, range } from '../settings/ranges.ts';
import { defineTransform, draw, drawInteger, onImage, type TransformEntry } from '../transform.ts';

/** Blurs along a line of `length` pixels at a random angle, as a moving camera does (Albumentations `MotionBlur`). */
export const motionBlur: TransformEntry = defineTransform({
  name: 'motionBlur',
  summary: 'Blurs along a line.',
  settings: () => ({
    length: integerRange(3, 9, { min: 1, max: 255 }),
    degrees: range(0, 180, { min: -360, max: 360 }),
  }),
  p: 0.5,
  identity: { length: 1 },
  create: ({ length, degrees }) =>
    onImage((image, rng) => {
      const pixels = drawInteger(rng, length);
      const angle = draw(rng, degrees);
      const [x, y] = [cosineOfDegrees(angle), -sineOfDegrees(angle)];
      const offsets = Array.from({ length: pixels }, (_, i): Offset => {
        const distance = i - (pixels - 1) / 2;
        return [Math.round(distance * x), Math.round(distance * y)];
      });
      return meanOf(image, offsets);
    }),
});
