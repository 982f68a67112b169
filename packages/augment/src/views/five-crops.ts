import { CROPS, placed } from './support/placed.ts';
import { defineView, type ViewKind } from './support/view.ts';

/** The four corners and the middle of the resized image (torchvision `FiveCrop`). */
export const fiveCrops: ViewKind = defineView({
  name: 'fiveCrops',
  summary: 'The four corners and the middle.',
  settings: {},
  make: (_, frame) => CROPS.map(([label, corner]) => placed(frame, { label, corner })),
});
