import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';
import { probabilityDistance } from '../losses.ts';
import { sigmoidRamp } from '../ramp.ts';

const share = () => z.number().min(0).max(1);

/**
 * The student's predictions for one view of an image should agree with those of the average of its past weights for the
 * other: the mean squared difference of probabilities, on labeled images too. As in the reference, the teacher runs in
 * training mode with its own batch and running statistics (only parameters are averaged), and its first steps average
 * over all steps so far: the decay is at most `1 - 1 / (step + 1)`. Each network takes labeled and unlabeled images as one
 * batch. The teacher is the model to use.
 */
export const meanTeacher: SemiSupervisedDefinition = defineSemiSupervised({
  name: 'mean-teacher',
  summary: 'Predictions should agree with those of the running average of the weights.',
  reference: 'Tarvainen and Valpola 2017, arXiv:1703.01780; github.com/CuriousAI/mean-teacher',
  teacher: 'average',
  views: 'weak and strong',
  ratio: 1,
  settings: z.strictObject({
    weight: z.number().min(0).default(100).describe('final weight of the consistency cost'),
    ramp: share()
      .default(40 / 150)
      .describe('share of the run over which the weight rises; 40,000 of 150,000 steps in the reference'),
    earlyDecay: share().default(0.99).describe('decay of the teacher while the weight rises'),
    decay: share().default(0.999).describe('decay of the teacher afterwards'),
  }),
  create: ({ weight, ramp, earlyDecay, decay }, { heads, labeledLoss }) => ({
    addGradients({ labeled, unlabeled }, { student, teacher }, { share: done }) {
      const expected = tf.concat(teacher!.logits([labeled.x, unlabeled.weak]), 0) as tf.Tensor2D;
      return student.backward(() => {
        const [labeledLogits, strong] = student.logits([labeled.x, unlabeled.strong]) as [
          tf.Tensor2D,
          tf.Tensor2D,
        ];
        const supervised = labeledLoss(labeledLogits, labeled.targets);
        const consistency = heads.sum(tf.concat([labeledLogits, strong], 0), expected, probabilityDistance);
        return {
          total: tf.add(supervised, tf.mul(consistency, weight * sigmoidRamp(done, ramp))),
          parts: { labeled: supervised, unlabeled: consistency },
        };
      });
    },
    decay: ({ step, share: done }) => Math.min(done < ramp ? earlyDecay : decay, 1 - 1 / (step + 1)),
  }),
});
