import type { Recipe } from './recipe.ts';

export const fresh: Recipe = {
  name: 'fresh',
  summary: "a small network from initial weights at the images' own size, for images unlike any pretraining",
  kind: 'fresh',
  unfit: ({ weights }) => (weights === undefined ? undefined : 'it has pretrained weights'),
  training: () => ({ method: 'full', schedule: 'one-cycle', seeds: [1] }),
};
