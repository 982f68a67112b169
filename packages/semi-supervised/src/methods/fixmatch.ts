import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';
import { meanOfAll, total } from '../heads.ts';
import { type MostProbable, maskedCrossEntropy, mostProbable } from '../losses.ts';

/**
 * If the network is confident about the weak view of an unlabeled image, the class is the target of its strong view. The
 * mean is over all unlabeled images, used or not. Labeled, weak and strong images pass as one batch, as in the reference,
 * so batch norm takes its statistics over all of them. (The reference interleaves them for several devices, which makes no
 * difference on one.)
 */
export const fixMatch: SemiSupervisedDefinition = defineSemiSupervised({
  name: 'fixmatch',
  summary: 'Confident classes of a weak view are the targets of a strong view.',
  reference: 'Sohn et al. 2020, arXiv:2001.07685; github.com/google-research/fixmatch',
  teacher: 'none',
  views: 'weak and strong',
  ratio: 7,
  settings: z.strictObject({
    threshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.95)
      .describe('minimum probability of the class of the weak view'),
    weight: z
      .number()
      .min(0)
      .default(1)
      .describe('weight of unlabeled images, constant: few are used in the beginning'),
  }),
  create: ({ threshold, weight }, { heads, labeledLoss }) => ({
    addGradients: ({ labeled, unlabeled }, { student }) =>
      student.backward(() => {
        const [labeledLogits, weak, strong] = student.logits([
          labeled.x,
          unlabeled.weak,
          unlabeled.strong,
        ]) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        const supervised = labeledLoss(labeledLogits, labeled.targets);
        const strongByHead = heads.split(strong);
        const byHead = heads
          .split(weak)
          .map((logits, i) => fixMatchLoss(logits, strongByHead[i]!, threshold));
        const loss = total(byHead.map((head) => head.loss));
        return {
          total: tf.add(supervised, tf.mul(loss, weight)),
          parts: { labeled: supervised, unlabeled: loss, used: meanOfAll(byHead.map(({ used }) => used)) },
        };
      }),
  }),
});

/**
 * The loss of unlabeled images for one head, `[B,K], [B,K] -> []`.
 *
 * @param threshold one for all classes, or one per class, `[K]`
 */
export function fixMatchLoss(
  weak: tf.Tensor2D,
  strong: tf.Tensor2D,
  threshold: number | tf.Tensor1D,
): { readonly loss: tf.Scalar; readonly used: tf.Tensor1D } & MostProbable {
  const best = mostProbable(weak);
  const minimum = typeof threshold === 'number' ? threshold : tf.gather(threshold, best.classes);
  const used = tf.cast(tf.greaterEqual(best.confidence, minimum), 'float32') as tf.Tensor1D;
  return { ...best, used, loss: maskedCrossEntropy(strong, best.targets, used) };
}
