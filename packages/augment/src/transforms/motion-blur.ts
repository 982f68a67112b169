import { meanOf, type Offset } from '../kernels/motion.ts';
import { cosineOfDegrees, sineOfDegrees } from '../portable-math.ts';
import { integerRange, range } from '../settings/fields.ts';
import { defineTransform, draw, drawInteger, onImage, type TransformEntry } from '../transform.ts';

/** Smears along a line of `length` pixels at a random angle, as a moving camera does (Albumentations `MotionBlur`). */
export const motionBlur: TransformEntry = defineTransform({
  name: 'motionBlur',
  summary: 'Smears along a line.',
  settings: {
    length: integerRange(3, 9, { min: 1, max: 255 }),
    degrees: range(0, 180, { min: -360, max: 360 }),
  },
  p: 0.5,
  identity: { length: 1 },
  create: ({ length, degrees }) =>
    onImage((image, rng) => {
      const pixels = drawInteger(rng, length);
      const angle = draw(rng, degrees);
      const [x, y] = [cosineOfDegrees(angle), -sineOfDegrees(angle)];
      const offsets = Array.from({ length: pixels }, (_, i): Offset => {
        const place = i - (pixels - 1) / 2;
        return [Math.round(place * x), Math.round(place * y)];
      });
      return meanOf(image, offsets);
    }),
});
