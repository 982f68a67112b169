import { defineView, type ViewKind } from '../define-view.ts';
import { placedView } from '../placed-view.ts';

/** For images without a top and bottom, such as cells and satellite images. */
export const verticalFlip: ViewKind = defineView({
  name: 'verticalFlip',
  summary: 'The image, flipped top and bottom.',
  settings: () => ({}),
  // Mirrored, then rotated by 180 degrees.
  make: (_, frame) => [placedView(frame, { mirrored: true, quarters: 2 })],
});
