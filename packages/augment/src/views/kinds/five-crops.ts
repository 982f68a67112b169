import { defineView, type ViewKind } from '../define-view.ts';
import { CROPS, placedView } from '../placed-view.ts';

/** The four corners and the center of the resized image (torchvision `FiveCrop`). */
export const fiveCrops: ViewKind = defineView({
  name: 'fiveCrops',
  summary: 'The four corners and the center.',
  settings: () => ({}),
  make: (_, frame) => CROPS.map(([label, corner]) => placedView(frame, { label, corner })),
});
