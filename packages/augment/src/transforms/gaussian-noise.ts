import { NORMAL_TABLE, TABLE_BITS, TABLE_MASK } from '../kernels/normal-table.ts';
import { range } from '../settings/ranges.ts';
import { defineTransform, draw, inPlace, type TransformEntry } from '../transform.ts';

/** Adds normal noise of `std` levels of 255, independent per channel (Albumentations `GaussNoise`). */
export const gaussianNoise: TransformEntry = defineTransform({
  name: 'gaussianNoise',
  summary: 'Adds normal noise.',
  settings: () => ({ std: range(3, 15, { min: 0, max: 255 }) }),
  p: 0.5,
  identity: { std: 0 },
  create: ({ std }) =>
    inPlace(({ data }, rng) => {
      const spread = draw(rng, std);
      const noise = Int16Array.from(NORMAL_TABLE, (value) => Math.round(value * spread));
      for (let i = 0; i < data.length; i += 2) {
        const word = rng.uint32();
        const first = data[i]! + noise[word & TABLE_MASK]!;
        data[i] = first < 0 ? 0 : first > 255 ? 255 : first;
        if (i + 1 === data.length) break;
        const second = data[i + 1]! + noise[(word >>> TABLE_BITS) & TABLE_MASK]!;
        data[i + 1] = second < 0 ? 0 : second > 255 ? 255 : second;
      }
    }),
});
