import { SHAPE_OPERATIONS } from '@podium/augment';
import type { TrainingSettings } from '../../settings/schema.ts';
import type { Recipe, RecipeContext } from './recipe.ts';

/**
 * All layers from the first step at one learning rate, as for images unlike those of pretraining.
 */
export const fineTune: Recipe = {
  name: 'fine-tune',
  summary:
    'all pretrained layers from the first step, with one-cycle, on small images as long as time is short',
  kind: 'fine-tuned',
  unfit: ({ weights }) => (weights === undefined ? 'there are no pretrained weights' : undefined),
  training: (context) => ({
    method: 'full',
    learningRate: 1e-3,
    schedule: 'one-cycle',
    dropRate: 0.2,
    dropPathRate: 0.1,
    clipNorm: 1,
    seeds: [1],
    batchSize: fineTuningBatch(context),
    imageSize: fineTuningSize(context),
    augment: varied(context),
  }),
};

/** Small images make quick steps, so that larger batches pay. */
export function fineTuningBatch({ dataset }: RecipeContext): number {
  return dataset.rows < 400 ? 16 : 32;
}

/** Mild crops, and two random operations at moderate strength: few epochs have no time for more. */
function varied(context: RecipeContext): TrainingSettings['augment'] {
  const { mirrors, colors } = context;
  const size = fineTuningSize(context);
  return [
    { randomResizedCrop: { size, scale: [0.6, 1], ratio: [0.8, 1.25], interpolation: 'bilinear' } },
    ...(mirrors ? [{ horizontalFlip: {} }] : []),
    {
      randAugment: {
        n: 2,
        m: 7,
        fill: [128, 128, 128],
        ...(!colors && { operations: [...SHAPE_OPERATIONS] }),
      },
    },
  ];
}

/** Images per second at 128 pixels that a small network trains at on an ordinary processor: only the order of magnitude matters. */
const USUAL_SPEED = 50;

/** Larger images as soon as the time suffices for many passes over them; never larger than the pretrained network's own. */
export function fineTuningSize({ dataset, weights, seconds, imageSize }: RecipeContext): number {
  if (imageSize !== undefined) return imageSize;
  const passes = (seconds * USUAL_SPEED) / dataset.rows;
  const native = weights?.input.imageSize[0] ?? 224;
  return Math.min(native, passes < 60 ? 128 : passes < 240 ? 160 : 224);
}
