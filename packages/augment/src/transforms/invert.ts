import { invertTable } from '../kernels/tables.ts';
import { defineTransform, type TransformEntry } from '../transform.ts';

/** Inverts all values (PIL `ImageOps.invert`). */
export const invert: TransformEntry = defineTransform({
  name: 'invert',
  summary: 'Inverts all values.',
  settings: () => ({}),
  p: 0.5,
  create: () => {
    const table = invertTable();
    return (image) => image.map(table);
  },
});
