import * as tf from '@tensorflow/tfjs-core';
import { gradientsOf, recording } from './backward.ts';
import { differentiable } from './kernels/differentiable.ts';

/**
 * Gradient checkpointing (Chen et al. 2016, arXiv:1604.06174; `torch.utils.checkpoint`): runs `f` without keeping its
 * intermediate results, and runs it again in the backward pass of {@link valueAndWatched} or {@link valueAndGradients}.
 * Saves memory at the price of the second pass. Without a backward pass, `f` runs once.
 *
 * Gradients have the same bits as without it, if `f` computes the same both times. Only gradients of tensors used
 * inside and outside of `f` may be summed in another order.
 *
 * @param f gets the inputs; the second time, with `again` true, it gets copies. It may {@link watch} other tensors
 */
export function recomputed(
  f: (inputs: readonly tf.Tensor[], again: boolean) => tf.Tensor,
  inputs: readonly tf.Tensor[],
): tf.Tensor {
  const tape = recording();
  if (tape === undefined) return f(inputs, false);
  // Tensors that are watched inside become inputs, too, although they are known only afterwards.
  const all: Record<string, tf.Tensor> = {};
  inputs.forEach((input, i) => {
    all[`input ${i}`] = input;
  });
  const reached = inputs.map(({ id }) => tape.reached.has(id));
  return differentiable(
    all,
    (save) => {
      save([...inputs]);
      // Nothing is recorded here, because TensorFlow.js considers this the inside of one op.
      const { value, watched } = tape.listen(() => f(inputs, false));
      for (const tensor of watched) all[`watched ${tensor.id}`] = tensor;
      // A clone is free, and makes the result independent even if `f` returns an input.
      return tf.clone(value);
    },
    (dy, saved) => {
      let gradients: ReadonlyMap<number, tf.Tensor> | undefined;
      const gradientBy = (tensor: tf.Tensor) => {
        gradients ??= gradientsOf(
          () => f(saved, true),
          saved.filter((_, i) => reached[i]),
          dy,
        );
        return gradients.get(tensor.id) ?? tf.zerosLike(tensor);
      };
      const names = Object.keys(all);
      return Object.fromEntries(
        names.map((name, i) => [name, () => gradientBy((saved[i] ?? all[name]) as tf.Tensor)]),
      );
    },
  );
}
