import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineSemiSupervised, type SemiSupervisedDefinition } from '../definition.ts';
import { meanOfAll, total } from '../heads.ts';
import { maskedCrossEntropy, mostProbable } from '../losses.ts';
import { linearRamp } from '../ramp.ts';

const share = () => z.number().min(0).max(1);

/**
 * The network's most probable class is the target of an unlabeled image, with a weight that rises: to 3, between the 100th
 * and the 600th of the paper's about 3000 epochs. The class is predicted in evaluation mode on the weak view, and trained
 * on the strong view, or on the weak one if there is no other.
 */
export const pseudoLabel: SemiSupervisedDefinition = defineSemiSupervised({
  name: 'pseudo-label',
  summary: 'The most probable class is the target, with a weight that rises.',
  reference: 'Lee 2013, Pseudo-Label: the simple and efficient semi-supervised learning method',
  teacher: 'none',
  views: 'weak',
  ratio: 8,
  settings: z.strictObject({
    weight: z.number().min(0).default(3).describe('final weight of unlabeled images'),
    from: share()
      .default(100 / 3000)
      .describe('share of the run after which unlabeled images begin to count'),
    to: share()
      .default(600 / 3000)
      .describe('share of the run after which they have their full weight'),
    threshold: share().default(0).describe('minimum probability of the class; the paper uses all images'),
  }),
  create: ({ weight, from, to, threshold }, { heads, labeledLoss }) => ({
    addGradients({ labeled, unlabeled }, { student }, { share: done }) {
      const alpha = weight * linearRamp(done, from, to);
      if (alpha === 0) {
        return student.backward(() => {
          const [logits] = student.logits([labeled.x]) as [tf.Tensor2D];
          return { total: labeledLoss(logits, labeled.targets), parts: {} };
        });
      }
      const best = heads.split(student.predict(unlabeled.weak)).map(mostProbable);
      const used = best.map(
        ({ confidence }) => tf.cast(tf.greaterEqual(confidence, threshold), 'float32') as tf.Tensor1D,
      );
      return student.backward(() => {
        const [labeledLogits, strong] = student.logits([labeled.x, unlabeled.strong]) as [
          tf.Tensor2D,
          tf.Tensor2D,
        ];
        const supervised = labeledLoss(labeledLogits, labeled.targets);
        const losses = heads
          .split(strong)
          .map((logits, i) => maskedCrossEntropy(logits, best[i]!.targets, used[i]!));
        return {
          total: tf.add(supervised, tf.mul(total(losses), alpha)),
          parts: { labeled: supervised, unlabeled: total(losses), used: meanOfAll(used) },
        };
      });
    },
  }),
});
