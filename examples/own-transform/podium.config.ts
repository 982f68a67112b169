import { defineConfig } from '@podium/competition';

const size = 48;

export default defineConfig({
  competition: 'masks-own-transform',
  data: { folder: '../../data/masks', options: { heads: 'both' } },
  heads: { combine: { into: 'class', from: ['mask', 'gender', 'age'] }, sameInGroup: ['gender', 'age'] },
  preset: 'fast',
  folds: { count: 3 },
  train: {
    imageSize: size,
    augment: { module: 'shadow.ts', export: 'withShadow', argument: { size, darkest: 0.5 } },
  },
  models: [{ model: 'small-net', epochs: 12 }],
});
