import * as tf from '@tensorflow/tfjs-core';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';
import { probabilityDistance } from '../losses.ts';
import { sigmoidRamp } from '../ramp.ts';
import { number } from '../settings.ts';

interface MeanTeacherSettings {
  /** Final weight of the consistency cost. */
  readonly weight: number;
  /** Part of the run in which the weight rises: 40,000 of 150,000 steps in the reference. */
  readonly ramp: number;
  /** What the teacher keeps of itself in a step while the weight rises, and afterwards. */
  readonly earlyDecay: number;
  readonly decay: number;
}

/**
 * The student shall say of one view of an image what the average of its past selves says of the other: the mean squared
 * difference of their probabilities, on labeled images too. As in the reference the teacher runs in training mode with
 * batch statistics and running statistics of its own (only parameters are averaged), and its first steps average over
 * all steps so far: the decay is at most `1 - 1 / (step + 1)`. Each network takes labeled and unlabeled images together
 * as one batch. The teacher is the model to use.
 */
export const meanTeacher: SemiSupervisedDefinition = defineSemiSupervised<MeanTeacherSettings>({
  name: 'mean-teacher',
  summary: 'agrees with the running average of its own weights',
  reference: 'Tarvainen and Valpola 2017, arXiv:1703.01780; github.com/CuriousAI/mean-teacher',
  teacher: 'average',
  views: 'weak and strong',
  ratio: 1,
  settings: {
    weight: number(100, { from: 0 }),
    ramp: number(40 / 150, { from: 0, to: 1 }),
    earlyDecay: number(0.99, { from: 0, to: 1 }),
    decay: number(0.999, { from: 0, to: 1 }),
  },
  create: ({ weight, ramp, earlyDecay, decay }, { heads, labeledLoss }) => ({
    step({ labeled, unlabeled }, { student, teacher }, { part }) {
      const expected = tf.concat(teacher!.logits([labeled.x, unlabeled.weak]), 0) as tf.Tensor2D;
      return student.descend(() => {
        const [own, other] = student.logits([labeled.x, unlabeled.strong]) as [tf.Tensor2D, tf.Tensor2D];
        const supervised = labeledLoss(own, labeled.targets);
        const consistency = heads.sum(tf.concat([own, other], 0), expected, probabilityDistance);
        return {
          total: tf.add(supervised, tf.mul(consistency, weight * sigmoidRamp(part, ramp))),
          labeled: supervised,
          unlabeled: consistency,
        };
      });
    },
    decay: ({ step, part }) => Math.min(part < ramp ? earlyDecay : decay, 1 - 1 / (step + 1)),
  }),
});
