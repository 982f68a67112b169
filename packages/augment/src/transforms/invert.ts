import { invertTable } from '../kernels/tables.ts';
import { defineTransform, type TransformEntry } from '../transform.ts';

/** Turns the picture into its negative (PIL `ImageOps.invert`). */
export const invert: TransformEntry = defineTransform({
  name: 'invert',
  summary: 'Turns the picture into its negative.',
  settings: {},
  p: 0.5,
  create: () => {
    const table = invertTable();
    return (picture) => picture.map(table);
  },
});
