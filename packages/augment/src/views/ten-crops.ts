import { CROPS, inMirror, placed } from './support/placed.ts';
import { defineView, type ViewKind } from './support/view.ts';

/** Five crops of the image, then five of the mirrored image (torchvision `TenCrop`). */
export const tenCrops: ViewKind = defineView({
  name: 'tenCrops',
  summary: 'The four corners and the middle, and those of the mirrored image.',
  settings: {},
  make: (_, frame) => [
    ...CROPS.map(([label, corner]) => placed(frame, { label, corner })),
    ...CROPS.map(([label, corner]) =>
      placed(frame, { label: `${label}Mirrored`, corner: inMirror(corner), mirrored: true }),
    ),
  ],
});
