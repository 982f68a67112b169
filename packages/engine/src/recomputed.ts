import * as tf from '@tensorflow/tfjs-core';
import { gradientsOf, recording } from './backward.ts';
import { differentiable } from './kernels/differentiable.ts';

/**
 * Runs `f` on `inputs` and remembers nothing of what happened inside: the backward pass of {@link valueAndWatched} or
 * {@link valueAndGradients} runs `f` a second time when it gets there (gradient checkpointing: Chen et al. 2016,
 * arXiv:1604.06174, as `torch.utils.checkpoint`). Memory for one pass of `f` at a time instead of for all of them, at
 * the price of that second pass. Outside of a backward pass `f` runs once, as it is.
 *
 * Gradients have the bits that they would have had, where `f` computes the same both times; only sums over the uses of
 * an input inside and outside of `f` may be added up in another order.
 *
 * @param f gets the inputs, or copies of them the second time, when `again` is true; it may {@link watch} more
 */
export function recomputed(
  f: (inputs: readonly tf.Tensor[], again: boolean) => tf.Tensor,
  inputs: readonly tf.Tensor[],
): tf.Tensor {
  const tape = recording();
  if (tape === undefined) return f(inputs, false);
  // What is watched inside becomes an input as well, though it is known only afterwards.
  const all: Record<string, tf.Tensor> = {};
  inputs.forEach((input, i) => {
    all[`input ${i}`] = input;
  });
  const reached = inputs.map(({ id }) => tape.reached.has(id));
  return differentiable(
    all,
    (save) => {
      save([...inputs]);
      // Nothing is recorded in here: TensorFlow.js takes it for the inside of one op.
      const { value, watched } = tape.listen(() => f(inputs, false));
      for (const tensor of watched) all[`watched ${tensor.id}`] = tensor;
      // A copy costs nothing, and makes the result one of its own where `f` passes an input on.
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
