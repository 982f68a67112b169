import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';

/** Labeled images alone: the baseline of the same length, and the fine-tuning after Meta Pseudo Labels. */
export const supervised: SemiSupervisedDefinition = defineSemiSupervised({
  name: 'supervised',
  summary: 'Labeled images only: the baseline.',
  reference: 'none',
  teacher: 'none',
  views: 'none',
  ratio: 0,
  settings: z.strictObject({}),
  create: (_, { labeledLoss }) => ({
    addGradients: ({ labeled }, { student }) =>
      student.backward(() => {
        const [logits] = student.logits([labeled.x]) as [tf.Tensor2D];
        return { total: labeledLoss(logits, labeled.targets), parts: {} };
      }),
  }),
});
