import { joinTables } from '../kernels/lut.ts';
import { shiftTable } from '../kernels/tables.ts';
import { symmetric } from '../settings/fields.ts';
import { defineTransform, draw, type TransformEntry } from '../transform.ts';

/** Adds an own random number of levels to each channel (Albumentations `RGBShift`). */
export const rgbShift: TransformEntry = defineTransform({
  name: 'rgbShift',
  summary: 'Shifts each channel by a number of levels.',
  settings: { levels: symmetric(20, { max: 255 }) },
  identity: { levels: 0 },
  create:
    ({ levels }) =>
    (image, rng) => {
      const shifts = Array.from({ length: image.channels }, () => Math.round(draw(rng, levels)));
      return image.map(joinTables(shifts.map(shiftTable)));
    },
});
