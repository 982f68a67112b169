import { PodiumError } from '@podium/core';
import { number } from '../settings/fields.ts';
import { placed } from './support/placed.ts';
import { defineView, listOf, type ViewKind } from './support/view.ts';

/** The middle of the image resized larger than usual, or as small as the crop allows: nearer and farther. */
export const scales: ViewKind = defineView({
  name: 'scales',
  summary: 'The middle of the image, resized by each factor more than usual.',
  settings: { factors: listOf(number(1, { min: 0.05, max: 8 }), [1.15, 1.3]) },
  make: ({ factors }, frame, at) => {
    const least = frame.cropPct;
    const tooSmall = factors.find((factor) => factor < least - 1e-9);
    if (tooSmall !== undefined) {
      throw new PodiumError({
        code: 'augment-setting',
        path: { key: `${at}.factors` },
        message: 'an image that small does not fill the crop',
        expected: `factors of at least cropPct, ${least}`,
        got: String(tooSmall),
      });
    }
    return factors.map((scale) => placed(frame, { label: `${scale}`, scale }));
  },
});
