import { fineTuningBatch, fineTuningSize } from './fine-tune.ts';
import type { Recipe } from './recipe.ts';

export const fineTuneGently: Recipe = {
  name: 'fine-tune-gently',
  summary: 'the classifier first, then all layers, the early ones slowly, with light augmentation',
  kind: 'fine-tuned',
  unfit: ({ weights }) => (weights === undefined ? 'there are no pretrained weights' : undefined),
  training: (context) => ({
    method: 'transfer',
    plan: 'enough-dissimilar',
    augment: 'light',
    seeds: [1],
    batchSize: fineTuningBatch(context),
    imageSize: fineTuningSize(context),
  }),
};
