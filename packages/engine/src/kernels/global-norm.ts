import * as tf from '@tensorflow/tfjs-core';
import { intAttr, TfType, typeAttr } from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';

/**
 * The L2 norm of all values of all tensors, as `torch.nn.utils.get_total_norm`; 0 without tensors. Returns a tensor, so
 * that no value has to be read back.
 *
 * Versions: TensorFlow.js ops on any backend (the reference), and Podium's op on TensorFlow for CPUs.
 */
export function globalNorm(tensors: readonly tf.Tensor[]): tf.Scalar {
  if (tensors.length === 0) return tf.scalar(0);
  return tf.tidy(() => {
    const backend = nativeBackend();
    if (backend?.hasPodiumOps !== true) {
      return tf.sqrt(tf.addN(tensors.map((tensor) => tf.sum(tf.square(tensor))))) as tf.Scalar;
    }
    const inputs = tensors.map((tensor) => backend.toType(tensor, TfType.float));
    const attributes = [typeAttr('T', TfType.float), intAttr('N', tensors.length)];
    return backend.runOne('PodiumGlobalNorm', attributes, inputs) as tf.Scalar;
  });
}
