import { histograms } from '../kernels/histogram.ts';
import { joinTables } from '../kernels/lut.ts';
import { equalizeTable } from '../kernels/tables.ts';
import { defineTransform, type TransformEntry } from '../transform.ts';

/** Spreads each channel's histogram evenly (PIL `ImageOps.equalize`). */
export const equalize: TransformEntry = defineTransform({
  name: 'equalize',
  summary: "Evens out each channel's histogram.",
  settings: {},
  p: 0.5,
  create: () => (image) => image.map(joinTables(histograms(image.read()).map(equalizeTable))),
});
