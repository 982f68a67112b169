import { placed } from './support/placed.ts';
import { defineView, type ViewKind } from './support/view.ts';

export const horizontalFlip: ViewKind = defineView({
  name: 'horizontalFlip',
  summary: 'Left and right have changed places.',
  settings: {},
  make: (_, frame) => [placed(frame, { mirrored: true })],
});
