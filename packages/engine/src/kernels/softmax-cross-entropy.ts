import * as tf from '@tensorflow/tfjs-core';
import { TfType, typeAttr } from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';
import { differentiable } from './differentiable.ts';

/**
 * Cross-entropy of each row with a target distribution, `[B,K], [B,K] -> [B]`: `-sum(targets * log_softmax(logits))`,
 * as
 * `torch.nn.functional.cross_entropy(reduction='none')` with class probabilities. Always in float32. Rows of `targets`
 * need not sum to 1; gradients flow to both inputs.
 *
 * Versions: `reference`, TensorFlow.js ops on any backend, and TensorFlow's op.
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor1D {
  const backend = nativeBackend();
  if (backend === undefined) return reference(logits, targets);
  return differentiable(
    { logits, targets },
    (save) => {
      const inputs = [backend.toType(logits, TfType.float), backend.toType(targets, TfType.float)];
      const attributes = [typeAttr('T', TfType.float)];
      const [loss, gradient] = backend.run('SoftmaxCrossEntropyWithLogits', attributes, inputs, 2);
      save([gradient!, inputs[0]!, inputs[1]!]);
      return loss!;
    },
    (dy, saved) => {
      const [difference, scores, distribution] = saved as [tf.Tensor, tf.Tensor2D, tf.Tensor2D];
      const perRow = tf.expandDims(dy, 1);
      return {
        logits: () => {
          // TensorFlow returns softmax - targets, which is the gradient only for rows that sum to 1.
          const excess = tf.sub(tf.sum(distribution, 1, true), 1);
          const gradient = tf.add(difference, tf.mul(excess, tf.add(difference, distribution)));
          return tf.mul(gradient, perRow);
        },
        targets: () => tf.mul(tf.neg(tf.logSoftmax(scores)), perRow),
      };
    },
  ) as tf.Tensor1D;
}

function reference(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor1D {
  return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1));
}
