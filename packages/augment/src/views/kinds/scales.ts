import { PodiumError } from '@podium/core';
import { numberList } from '../../settings/ranges.ts';
import { defineView, type ViewKind } from '../define-view.ts';
import { placedView } from '../placed-view.ts';

/** The center of the image, resized by a factor of its usual size. Factors below 1 zoom out, down to `cropPct`. */
export const scales: ViewKind = defineView({
  name: 'scales',
  summary: 'The center of the image, zoomed by each factor.',
  settings: () => ({ factors: numberList([1.15, 1.3], { min: 0.05, max: 8 }) }),
  make: ({ factors }, frame, at) => {
    const smallest = frame.cropPct;
    const tooSmall = factors.find((factor) => factor < smallest - 1e-9);
    if (tooSmall !== undefined) {
      throw new PodiumError({
        code: 'augment-setting',
        path: { key: `${at}.factors` },
        message: 'an image this small does not fill the crop',
        expected: `factors of at least cropPct, ${smallest}`,
        got: String(tooSmall),
      });
    }
    return factors.map((scale) => placedView(frame, { label: `${scale}`, scale }));
  },
});
