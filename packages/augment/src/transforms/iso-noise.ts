import { range } from '../settings/fields.ts';
import { defineTransform, draw, inPlace, type TransformEntry } from '../transform.ts';

/**
 * Noise as of a camera at high ISO: light comes in whole photons, so brightness noise grows with the root of the value
 * and is shared by the channels; colour noise is weaker, and each channel's own. `intensity` is the standard deviation
 * at full brightness as a part of 255, `color` that of the colour noise. The aim is Albumentations' `ISONoise`; the model
 * is our own, without its detour over HLS.
 */
export const isoNoise: TransformEntry = defineTransform({
  name: 'isoNoise',
  summary: 'Adds noise as of a camera in the dark.',
  settings: {
    intensity: range(0.02, 0.1, { min: 0, max: 1 }),
    color: range(0.01, 0.05, { min: 0, max: 1 }),
  },
  p: 0.5,
  identity: { intensity: 0, color: 0 },
  create: ({ intensity, color }) => {
    return inPlace(({ data, channels }, rng) => {
      const share = 255 * draw(rng, intensity);
      const tint = 255 * draw(rng, color);
      const spread = Float32Array.from({ length: 256 }, (_, level) => share * Math.sqrt(level / 255));
      const pixels = data.length / channels;
      // One value for each pixel's light, then one for each of its channels.
      const noise = rng.fillNormal(new Float32Array(pixels * (channels + 1)));
      let next = pixels;
      for (let pixel = 0, at = 0; pixel < pixels; pixel++) {
        const light = noise[pixel] as number;
        for (let c = 0; c < channels; c++, at++, next++) {
          const level = data[at] as number;
          const change = light * (spread[level] as number) + tint * (noise[next] as number);
          const value = ((level + change + 4096.5) | 0) - 4096;
          data[at] = value < 0 ? 0 : value > 255 ? 255 : value;
        }
      }
    });
  },
});
