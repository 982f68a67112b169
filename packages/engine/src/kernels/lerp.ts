import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { intAttr, TfType, typeAttr } from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';

/**
 * Linear interpolation of lists of tensors, `from + amount * (to - from)` with `amount` in [0, 1], as `torch.lerp`: for
 * averages of weights. Returns new float32 tensors that the caller owns.
 *
 * Versions: TensorFlow.js ops on any backend (the reference), and Podium's op on TensorFlow for CPUs.
 *
 * @throws PodiumError `engine-shape` if the lists differ in length or shapes
 */
export function lerpAll(from: readonly tf.Tensor[], to: readonly tf.Tensor[], amount: number): tf.Tensor[] {
  const mismatch = from.findIndex((tensor, i) => String(tensor.shape) !== String(to[i]?.shape));
  if (mismatch >= 0 || from.length !== to.length) {
    throw new PodiumError({
      code: 'engine-shape',
      message:
        mismatch >= 0 ? `tensor ${mismatch} of the lists to interpolate` : 'lists of tensors to interpolate',
      expected: mismatch >= 0 ? `[${from[mismatch]?.shape}]` : `${from.length} tensors`,
      got: mismatch >= 0 && to[mismatch] !== undefined ? `[${to[mismatch]?.shape}]` : `${to.length} tensors`,
    });
  }
  if (from.length === 0) return [];
  return tf.tidy(() => {
    const backend = nativeBackend();
    if (backend?.hasPodiumOps !== true) {
      // Starts at the nearer end, as the native op does: at 1 the result is exactly `to`.
      return from.map((tensor, i) => {
        const target = to[i]!;
        const difference = tf.sub(target, tensor);
        return amount < 0.5
          ? tf.add(tensor, tf.mul(difference, amount))
          : tf.sub(target, tf.mul(difference, 1 - Math.fround(amount)));
      });
    }
    const inputs = [...from, ...to].map((tensor) => backend.toType(tensor, TfType.float));
    const attributes = [typeAttr('T', TfType.float), intAttr('N', from.length)];
    return backend.run('PodiumLerp', attributes, [...inputs, tf.scalar(amount)], from.length);
  });
}
