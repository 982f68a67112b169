import { defineView, type ViewKind } from '../define-view.ts';
import { placedView } from '../placed-view.ts';

export const horizontalFlip: ViewKind = defineView({
  name: 'horizontalFlip',
  summary: 'The image, flipped left and right.',
  settings: () => ({}),
  make: (_, frame) => [placedView(frame, { mirrored: true })],
});
