import { invertTable } from '../kernels/tables.ts';
import { defineTransform, type TransformEntry } from '../transform.ts';

/** Turns the image into its negative (PIL `ImageOps.invert`). */
export const invert: TransformEntry = defineTransform({
  name: 'invert',
  summary: 'Turns the image into its negative.',
  settings: {},
  p: 0.5,
  create: () => {
    const table = invertTable();
    return (image) => image.map(table);
  },
});
