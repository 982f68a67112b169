import type * as tf from '@tensorflow/tfjs-core';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';

/** Labeled images alone: the baseline under the same budget, and the fine-tuning after Meta Pseudo Labels. */
export const supervised: SemiSupervisedDefinition = defineSemiSupervised({
  name: 'supervised',
  summary: 'labeled images only: the baseline',
  reference: 'none',
  teacher: 'none',
  views: 'none',
  ratio: 0,
  settings: {},
  create: (_, { labeledLoss }) => ({
    step: ({ labeled }, { student }) =>
      student.descend(() => {
        const [logits] = student.logits([labeled.x]) as [tf.Tensor2D];
        return { total: labeledLoss(logits, labeled.targets) };
      }),
  }),
});
