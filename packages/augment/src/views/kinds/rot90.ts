import { integerList } from '../../settings/ranges.ts';
import { defineView, type ViewKind } from '../define-view.ts';
import { placedView } from '../placed-view.ts';

/** For images without a top and bottom, such as cells and satellite images. */
export const rot90: ViewKind = defineView({
  name: 'rot90',
  summary: 'The image, rotated counterclockwise by each multiple of 90 degrees.',
  settings: () => ({ quarters: integerList([1, 2, 3], { min: 1, max: 3 }) }),
  make: ({ quarters }, frame) =>
    quarters.map((count) => placedView(frame, { label: `${count * 90}`, quarters: count })),
});
