import type * as tf from '@tensorflow/tfjs-core';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';

/** Labelled images alone: the baseline under the same budget, and the fine-tuning after Meta Pseudo Labels. */
export const supervised: SemiSupervisedDefinition = defineSemiSupervised({
  name: 'supervised',
  summary: 'labelled images only: the baseline',
  reference: 'none',
  teacher: 'none',
  views: 'none',
  ratio: 0,
  settings: {},
  create: (_, { labelledLoss }) => ({
    step: ({ labelled }, { student }) =>
      student.descend(() => {
        const [logits] = student.logits([labelled.x]) as [tf.Tensor2D];
        return { total: labelledLoss(logits, labelled.targets) };
      }),
  }),
});
