import * as tf from '@tensorflow/tfjs-core';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';
import { meanOfAll, total } from '../heads.ts';
import { maskedCrossEntropy, mostProbable } from '../losses.ts';
import { linearRamp } from '../ramp.ts';
import { number } from '../settings.ts';

interface PseudoLabelSettings {
  /** Final weight of unlabeled images. */
  readonly weight: number;
  /** Parts of the run: unlabeled images count from the first on, and fully from the second on. */
  readonly from: number;
  readonly to: number;
  /** Images whose class is less probable than this are left out. The paper uses all: 0. */
  readonly threshold: number;
}

/**
 * The network's own most probable class is the target of an unlabeled image, with a weight that rises: 3, between the
 * 100th and the 600th of the paper's epochs, which went on until 3000 or so. The class is the one that the network gives
 * in evaluation mode, on the weak view; it is trained on the strong view, or on the weak one where there is no other.
 */
export const pseudoLabel: SemiSupervisedDefinition = defineSemiSupervised<PseudoLabelSettings>({
  name: 'pseudo-label',
  summary: 'the most probable class as the target, with a weight that rises',
  reference: 'Lee 2013, Pseudo-Label: the simple and efficient semi-supervised learning method',
  teacher: 'none',
  views: 'weak',
  ratio: 8,
  settings: {
    weight: number(3, { from: 0 }),
    from: number(100 / 3000, { from: 0, to: 1 }),
    to: number(600 / 3000, { from: 0, to: 1 }),
    threshold: number(0, { from: 0, to: 1 }),
  },
  create: ({ weight, from, to, threshold }, { heads, labeledLoss }) => ({
    step({ labeled, unlabeled }, { student }, { part }) {
      const alpha = weight * linearRamp(part, from, to);
      if (alpha === 0) {
        return student.descend(() => {
          const [logits] = student.logits([labeled.x]) as [tf.Tensor2D];
          return { total: labeledLoss(logits, labeled.targets) };
        });
      }
      const found = heads.split(student.predict(unlabeled.weak)).map(mostProbable);
      const used = found.map(
        ({ confidence }) => tf.cast(tf.greaterEqual(confidence, threshold), 'float32') as tf.Tensor1D,
      );
      return student.descend(() => {
        const [own, other] = student.logits([labeled.x, unlabeled.strong]) as [tf.Tensor2D, tf.Tensor2D];
        const supervised = labeledLoss(own, labeled.targets);
        const losses = heads
          .split(other)
          .map((each, i) => maskedCrossEntropy(each, found[i]!.targets, used[i]!));
        return {
          total: tf.add(supervised, tf.mul(total(losses), alpha)),
          labeled: supervised,
          unlabeled: total(losses),
          used: meanOfAll(used),
        };
      });
    },
  }),
});
