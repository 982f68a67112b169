import { NORMAL_TABLE, TABLE_BITS, TABLE_MASK } from '../kernels/normal-table.ts';
import { range } from '../settings/ranges.ts';
import { defineTransform, draw, inPlace, type TransformEntry } from '../transform.ts';

/**
 * Noise of a camera at high ISO. Light arrives in photons, so brightness noise grows with the square root of the value
 * and is shared by the channels; color noise is weaker and independent per channel. `intensity` is the standard
 * deviation at full brightness as a fraction of 255, `color` that of the color noise. Like Albumentations' `ISONoise`, but
 * without its conversion to HLS.
 */
export const isoNoise: TransformEntry = defineTransform({
  name: 'isoNoise',
  summary: 'Adds the noise of a camera at high ISO.',
  settings: () => ({
    intensity: range(0.02, 0.1, { min: 0, max: 1 }),
    color: range(0.01, 0.05, { min: 0, max: 1 }),
  }),
  p: 0.5,
  identity: { intensity: 0, color: 0 },
  create: ({ intensity, color }) => {
    return inPlace(({ data, channels }, rng) => {
      const share = 255 * draw(rng, intensity);
      const tint = 255 * draw(rng, color);
      const spread = Float64Array.from({ length: 256 }, (_, level) => share * Math.sqrt(level / 255));
      const tints = NORMAL_TABLE.map((value) => value * tint);
      for (let at = 0; at < data.length; at += channels) {
        let word = rng.uint32();
        const light = NORMAL_TABLE[word & TABLE_MASK]!;
        for (let c = at; c < at + channels; c++) {
          const level = data[c]!;
          const change = light * spread[level]! + tints[(word >>> TABLE_BITS) & TABLE_MASK]!;
          // The shift makes `| 0` round negative sums as it does positive ones.
          const value = ((level + change + 4096.5) | 0) - 4096;
          data[c] = value < 0 ? 0 : value > 255 ? 255 : value;
          // Each word is used twice: its low 12 bits for brightness or one channel, the next 12 for another.
          word = ((c - at) & 1) === 0 ? rng.uint32() : word << TABLE_BITS;
        }
      }
    });
  },
});
