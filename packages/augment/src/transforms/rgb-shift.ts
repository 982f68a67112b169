import { joinTables } from '../kernels/lut.ts';
import { shiftTable } from '../kernels/tables.ts';
import { symmetricRange } from '../settings/ranges.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/** Adds a random number of levels to each channel (Albumentations `RGBShift`). */
export const rgbShift: TransformEntry = defineTransform({
  name: 'rgbShift',
  summary: 'Shifts each channel by a random number of levels.',
  settings: () => ({ levels: symmetricRange(20, { max: 255 }) }),
  identity: { levels: 0 },
  create:
    ({ levels }) =>
    (image, rng) => {
      const shifts = Array.from({ length: image.channels }, () => Math.round(draw(rng, levels)));
      return image.map(joinTables(shifts.map(shiftTable)));
    },
});
