import { Linear, ReLU, Sequential } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { definePretraining, type PretrainingDefinition } from '../definition.ts';
import { ntXent } from '../nt-xent.ts';

/**
 * Two views of an image should have similar embeddings, unlike those of all other images in the batch: use large batches.
 * The head is the paper's: features to features, ReLU, features to embedding. Both views pass as one batch.
 */
export const simClr: PretrainingDefinition = definePretraining({
  name: 'simclr',
  summary: 'Finds the other view of an image among all images of the batch.',
  reference: 'Chen et al. 2020, arXiv:2002.05709; github.com/google-research/simclr',
  views: 2,
  settings: z.strictObject({
    temperature: z
      .number()
      .positive()
      .default(0.1)
      .describe('divides cosine similarities: 0.1 in the paper on ImageNet, 0.5 on CIFAR-10'),
    width: z.number().min(1).default(128).describe('width of the embedding'),
  }),
  create: ({ temperature, width }, features) => ({
    head: new Sequential({
      hidden: new Linear(features, features),
      relu: new ReLU(),
      out: new Linear(features, width),
    }),
    loss({ first, second }, network) {
      const [a, b] = network.logits([first, second!]) as [tf.Tensor2D, tf.Tensor2D];
      return { total: ntXent(a, b, temperature), parts: {} };
    },
  }),
});
