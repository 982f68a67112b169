import { placed } from './support/placed.ts';
import { defineView, type ViewKind } from './support/view.ts';

/** For images without an up and a down: cells, satellites. */
export const verticalFlip: ViewKind = defineView({
  name: 'verticalFlip',
  summary: 'Top and bottom have changed places.',
  settings: {},
  // Mirrored and turned by half.
  make: (_, frame) => [placed(frame, { mirrored: true, quarters: 2 })],
});
