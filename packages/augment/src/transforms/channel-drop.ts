import { joinTables, tableOf } from '../kernels/lut.ts';
import { integer } from '../settings/ranges.ts';
import { defineTransform, type TransformEntry } from '../transform.ts';

/** Sets one random channel to `fill` (Albumentations `ChannelDropout`). Gray images stay as they are. */
export const channelDrop: TransformEntry = defineTransform({
  name: 'channelDrop',
  summary: 'Fills one random channel.',
  settings: () => ({ fill: integer(0, { min: 0, max: 255 }) }),
  p: 0.5,
  create:
    ({ fill }) =>
    (image, rng) => {
      const { channels } = image;
      if (channels === 1) return image;
      const dropped = rng.int(channels);
      const tables = Array.from({ length: channels }, (_, channel) =>
        tableOf((level) => (channel === dropped ? fill : level)),
      );
      return image.map(joinTables(tables));
    },
});
