import * as tf from '@tensorflow/tfjs-core';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';
import { probabilityDistance } from '../losses.ts';
import { sigmoidRamp } from '../ramp.ts';
import { number } from '../settings.ts';

interface PiModelSettings {
  /**
   * Final weight of the consistency cost. The paper's 100 M / N goes with a labeled loss that is divided by the whole
   * batch; ours is a mean over labeled images, which is 100.
   */
  readonly weight: number;
  /** Part of the run in which the weight rises: 80 of 300 epochs in the paper. */
  readonly ramp: number;
}

/**
 * The network shall say the same of two views of an image: the mean squared difference of its probabilities, through
 * which gradients flow into both. Labeled and both views go through as one batch, so batch norm sees all of them; the
 * paper runs the network twice.
 */
export const piModel: SemiSupervisedDefinition = defineSemiSupervised<PiModelSettings>({
  name: 'pi-model',
  summary: 'the same answer for two views of an image',
  reference: 'Laine and Aila 2017, arXiv:1610.02242',
  teacher: 'none',
  views: 'weak and strong',
  ratio: 1,
  settings: {
    weight: number(100, { from: 0 }),
    ramp: number(80 / 300, { from: 0, to: 1 }),
  },
  create: ({ weight, ramp }, { heads, labeledLoss }) => ({
    step({ labeled, unlabeled }, { student }, { part }) {
      return student.descend(() => {
        const [own, first, second] = student.logits([labeled.x, unlabeled.weak, unlabeled.strong]) as [
          tf.Tensor2D,
          tf.Tensor2D,
          tf.Tensor2D,
        ];
        const supervised = labeledLoss(own, labeled.targets);
        const consistency = heads.sum(first, second, probabilityDistance);
        return {
          total: tf.add(supervised, tf.mul(consistency, weight * sigmoidRamp(part, ramp))),
          labeled: supervised,
          unlabeled: consistency,
        };
      });
    },
  }),
});
