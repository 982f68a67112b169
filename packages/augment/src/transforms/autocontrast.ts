import { extremes } from '../kernels/histogram.ts';
import { joinTables } from '../kernels/lut.ts';
import { autocontrastTable } from '../kernels/tables.ts';
import { defineTransform, type TransformEntry } from '../transform.ts';

/** Stretches each channel to the full range of levels (PIL `ImageOps.autocontrast`). */
export const autocontrast: TransformEntry = defineTransform({
  name: 'autocontrast',
  summary: 'Stretches each channel to the full range.',
  settings: () => ({}),
  p: 0.5,
  create: () => (image) => image.map(joinTables(extremes(image.read()).map(autocontrastTable))),
});
