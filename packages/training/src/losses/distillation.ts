import { softmaxCrossEntropy } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { number, oneOf } from '../settings.ts';
import type { LossDefinition } from './definition.ts';
import { meanOf } from './mean.ts';

interface DistillationSettings {
  readonly temperature: number;
  /** What the targets are: a teacher's probabilities at temperature 1, or its logits. */
  readonly from: 'probabilities' | 'logits';
}

/**
 * The divergence of a student from its teacher (Hinton et al. 2015, arXiv:1503.02531):
 * `kl_div(log_softmax(z / T), softmax(teacher / T), reduction='batchmean') * T^2` in PyTorch's words.
 */
export const distillation: LossDefinition<'distillation', DistillationSettings> = {
  name: 'distillation',
  targets: 'soft',
  settings: {
    temperature: number(2, { above: 0 }),
    from: oneOf('probabilities', ['probabilities', 'logits']),
  },
  compute({ temperature, from }, { logits, targets, weights }) {
    // The logarithm of a softmax differs from its logits by a constant, which the next softmax takes out.
    const scores = from === 'logits' ? targets : tf.log(tf.clipByValue(targets, 1e-30, 1));
    const teacher = tf.div(scores, temperature) as tf.Tensor2D;
    const wanted = tf.softmax(teacher);
    const entropy = tf.neg(tf.sum(tf.mul(wanted, tf.logSoftmax(teacher)), 1));
    const cross = softmaxCrossEntropy(tf.div(logits, temperature) as tf.Tensor2D, wanted);
    return tf.mul(meanOf(tf.sub(cross, entropy), weights), temperature ** 2);
  },
};
