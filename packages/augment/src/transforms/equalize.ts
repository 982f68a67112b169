import { histograms } from '../kernels/histogram.ts';
import { joinTables } from '../kernels/lut.ts';
import { equalizeTable } from '../kernels/tables.ts';
import { defineTransform, type TransformEntry } from '../transform.ts';

/** Equalizes each channel's histogram (PIL `ImageOps.equalize`). */
export const equalize: TransformEntry = defineTransform({
  name: 'equalize',
  summary: "Equalizes each channel's histogram.",
  settings: () => ({}),
  p: 0.5,
  create: () => (image) => image.map(joinTables(histograms(image.read()).map(equalizeTable))),
});
