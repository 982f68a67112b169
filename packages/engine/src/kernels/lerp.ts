import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { intAttr, TfType, typeAttr } from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';

/**
 * Moves each tensor of `from` by `amount` (0 to 1) of the way to its counterpart in `to`, as `torch.lerp`: averages of
 * weights. New float32 tensors, which the caller owns; one native op on TensorFlow.
 *
 * @throws PodiumError `engine-shape` where the lists do not agree
 */
export function lerpAll(from: readonly tf.Tensor[], to: readonly tf.Tensor[], amount: number): tf.Tensor[] {
  const odd = from.findIndex((tensor, i) => String(tensor.shape) !== String(to[i]?.shape));
  if (odd >= 0 || from.length !== to.length) {
    throw new PodiumError({
      code: 'engine-shape',
      message: odd >= 0 ? `tensor ${odd} of a list to move toward` : 'a list of tensors to move toward',
      expected: odd >= 0 ? `[${from[odd]?.shape}]` : `${from.length} tensors`,
      got: odd >= 0 && to[odd] !== undefined ? `[${to[odd]?.shape}]` : `${to.length} tensors`,
    });
  }
  if (from.length === 0) return [];
  return tf.tidy(() => {
    const backend = nativeBackend();
    if (backend?.hasPodiumOps !== true) {
      // From the nearer end, as the native op: at 1 the result is `to` itself.
      return from.map((tensor, i) => {
        const target = to[i]!;
        const way = tf.sub(target, tensor);
        return amount < 0.5
          ? tf.add(tensor, tf.mul(way, amount))
          : tf.sub(target, tf.mul(way, 1 - Math.fround(amount)));
      });
    }
    const inputs = [...from, ...to].map((tensor) => backend.toType(tensor, TfType.float));
    const attributes = [typeAttr('T', TfType.float), intAttr('N', from.length)];
    return backend.run('PodiumLerp', attributes, [...inputs, tf.scalar(amount)], from.length);
  });
}
