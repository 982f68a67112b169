import { Linear, ReLU, Sequential } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { number } from '../../online/settings.ts';
import { definePretraining, type PretrainingDefinition } from '../definition.ts';
import { ntXent } from '../nt-xent.ts';

interface SimClrSettings {
  /** What cosine similarities are divided by: 0.1 in the paper on ImageNet, 0.5 on CIFAR-10. */
  readonly temperature: number;
  /** Width of the embedding. */
  readonly width: number;
}

/**
 * Two views of an image shall have like embeddings, and unlike those of all other images in the batch: use large batches.
 * The head is the paper's: features to features, ReLU, features to embedding. Both views go through as one batch.
 */
export const simClr: PretrainingDefinition = definePretraining<SimClrSettings>({
  name: 'simclr',
  summary: 'finds the other view of an image among all images of the batch',
  reference: 'Chen et al. 2020, arXiv:2002.05709; github.com/google-research/simclr',
  views: 2,
  settings: {
    temperature: number(0.1, { above: 0 }),
    width: number(128, { from: 1 }),
  },
  create: ({ temperature, width }, features) => ({
    head: new Sequential({
      hidden: new Linear(features, features),
      relu: new ReLU(),
      out: new Linear(features, width),
    }),
    step: ({ first, second }, learner) =>
      learner.descend(() => {
        const [a, b] = learner.logits([first, second!]) as [tf.Tensor2D, tf.Tensor2D];
        return { total: ntXent(a, b, temperature) };
      }),
  }),
});
