import { defineConfig } from '@podium/competition';

export default defineConfig({
  competition: 'masks-own-model',
  data: { folder: '../../data/masks', options: { heads: 'both' } },
  heads: { combine: { into: 'class', from: ['mask', 'gender', 'age'] }, sameInGroup: ['gender', 'age'] },
  preset: 'fast',
  folds: { count: 3 },
  models: [
    {
      model: { module: 'tiny-net.ts', export: 'tinyNet', argument: { widths: [24, 48, 96] } },
      name: 'tiny-net',
      method: 'full',
      imageSize: 48,
      epochs: 12,
    },
  ],
});
