import { defineTransform, inPlace, type TransformEntry } from '../transform.ts';

/** Puts the channels in random order (Albumentations `ChannelShuffle`). */
export const channelShuffle: TransformEntry = defineTransform({
  name: 'channelShuffle',
  summary: 'Puts the channels in random order.',
  settings: () => ({}),
  p: 0.5,
  create: () =>
    inPlace(({ data, channels }, rng) => {
      if (channels !== 3) return;
      const [first = 0, second = 1, third = 2] = rng.sample([0, 1, 2], 3);
      for (let i = 0; i + 2 < data.length; i += 3) {
        const a = data[i + first]!;
        const b = data[i + second]!;
        const c = data[i + third]!;
        data[i] = a;
        data[i + 1] = b;
        data[i + 2] = c;
      }
    }),
});
