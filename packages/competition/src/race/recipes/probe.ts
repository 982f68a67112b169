import type { Recipe } from './recipe.ts';

/** Of a run. */
const SHORT = 480;

export const probe: Recipe = {
  name: 'probe',
  summary:
    'a linear classifier on frozen pretrained features, its strength searched inside the training rows',
  kind: 'frozen',
  unfit: ({ weights, isMultiLabel }) => {
    if (weights === undefined) return 'there are no pretrained weights';
    return isMultiLabel ? 'an image has several labels' : undefined;
  },
  training: ({ seconds }) => ({
    method: 'probe',
    probeC: 'search',
    // A second view doubles the time of its features.
    ...(seconds < SHORT && { views: ['whole' as const] }),
  }),
};
