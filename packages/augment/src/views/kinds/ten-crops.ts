import { defineView, type ViewKind } from '../define-view.ts';
import { CROPS, mirroredCorner, placedView } from '../placed-view.ts';

/** Five crops of the image, then five of the flipped image (torchvision `TenCrop`). */
export const tenCrops: ViewKind = defineView({
  name: 'tenCrops',
  summary: 'The four corners and the center, of the image and of the flipped image.',
  settings: () => ({}),
  make: (_, frame) => [
    ...CROPS.map(([label, corner]) => placedView(frame, { label, corner })),
    ...CROPS.map(([label, corner]) =>
      placedView(frame, { label: `${label}Mirrored`, corner: mirroredCorner(corner), mirrored: true }),
    ),
  ],
});
