import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';
import { probabilityDistance } from '../losses.ts';
import { sigmoidRamp } from '../ramp.ts';

/**
 * The network should predict the same for two views of an image: the mean squared difference of its probabilities, with
 * gradients through both. Labeled images and both views pass as one batch, so batch norm sees all of them; the paper runs
 * the network twice.
 *
 * The paper's weight, 100 M / N, goes with a labeled loss divided by the size of the whole batch; ours is a mean over
 * labeled images, which makes it 100.
 */
export const piModel: SemiSupervisedDefinition = defineSemiSupervised({
  name: 'pi-model',
  summary: 'Predictions for two views of an image should agree.',
  reference: 'Laine and Aila 2017, arXiv:1610.02242',
  teacher: 'none',
  views: 'weak and strong',
  ratio: 1,
  settings: z.strictObject({
    weight: z.number().min(0).default(100).describe('final weight of the consistency cost'),
    ramp: z
      .number()
      .min(0)
      .max(1)
      .default(80 / 300)
      .describe('share of the run over which the weight rises; 80 of 300 epochs in the paper'),
  }),
  create: ({ weight, ramp }, { heads, labeledLoss }) => ({
    addGradients: ({ labeled, unlabeled }, { student }, { share }) =>
      student.backward(() => {
        const [labeledLogits, first, second] = student.logits([
          labeled.x,
          unlabeled.weak,
          unlabeled.strong,
        ]) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        const supervised = labeledLoss(labeledLogits, labeled.targets);
        const consistency = heads.sum(first, second, probabilityDistance);
        return {
          total: tf.add(supervised, tf.mul(consistency, weight * sigmoidRamp(share, ramp))),
          parts: { labeled: supervised, unlabeled: consistency },
        };
      }),
  }),
});
