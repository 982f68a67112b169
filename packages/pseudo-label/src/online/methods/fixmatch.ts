import * as tf from '@tensorflow/tfjs-core';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';
import { meanOfAll, total } from '../heads.ts';
import { maskedCrossEntropy, mostProbable } from '../losses.ts';
import { number } from '../settings.ts';

interface FixMatchSettings {
  /** How probable the class of the weak view has to be. */
  readonly threshold: number;
  /** Weight of unlabeled images, the same throughout: few are used at first. */
  readonly weight: number;
}

/**
 * The class of an unlabeled image is what the network is sure of on its weak view, and is trained on its strong view.
 * The mean runs over all unlabeled images, used or not. Labeled, weak and strong go through as one batch, as in the
 * reference, so batch norm takes its statistics over all of them (the reference interleaves them for several devices;
 * on one that changes nothing).
 */
export const fixMatch: SemiSupervisedDefinition = defineSemiSupervised<FixMatchSettings>({
  name: 'fixmatch',
  summary: 'confident classes of a weak view as targets of a strong one',
  reference: 'Sohn et al. 2020, arXiv:2001.07685; github.com/google-research/fixmatch',
  teacher: 'none',
  views: 'weak and strong',
  ratio: 7,
  settings: {
    threshold: number(0.95, { from: 0, to: 1 }),
    weight: number(1, { from: 0 }),
  },
  create: ({ threshold, weight }, { heads, labeledLoss }) => ({
    step({ labeled, unlabeled }, { student }) {
      return student.descend(() => {
        const [own, weak, strong] = student.logits([labeled.x, unlabeled.weak, unlabeled.strong]) as [
          tf.Tensor2D,
          tf.Tensor2D,
          tf.Tensor2D,
        ];
        const supervised = labeledLoss(own, labeled.targets);
        const views = heads.split(strong);
        const found = heads.split(weak).map((each, i) => fixMatchLoss(each, views[i]!, threshold));
        const loss = total(found.map((each) => each.loss));
        return {
          total: tf.add(supervised, tf.mul(loss, weight)),
          labeled: supervised,
          unlabeled: loss,
          used: meanOfAll(found.map(({ used }) => used)),
        };
      });
    },
  }),
});

/**
 * The loss of unlabeled images by one head, `[B,K], [B,K] -> []`.
 *
 * @param threshold one for all, or one a class, `[K]`
 */
export function fixMatchLoss(
  weak: tf.Tensor2D,
  strong: tf.Tensor2D,
  threshold: number | tf.Tensor1D,
): { readonly loss: tf.Scalar; readonly used: tf.Tensor1D } & ReturnType<typeof mostProbable> {
  const found = mostProbable(weak);
  const least = typeof threshold === 'number' ? threshold : tf.gather(threshold, found.classes);
  const used = tf.cast(tf.greaterEqual(found.confidence, least), 'float32') as tf.Tensor1D;
  return { ...found, used, loss: maskedCrossEntropy(strong, found.targets, used) };
}
