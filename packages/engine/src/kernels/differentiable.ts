import * as tf from '@tensorflow/tfjs-core';

/** Keeps tensors for the backward pass; does nothing while no gradient is recorded. */
export type Save = (tensors: tf.Tensor[]) => void;

/**
 * An op with a custom gradient. Like `tf.customGrad`, but `backward` returns one function per input, called only if
 * that gradient is needed: the gradient of a frozen weight, or of the image under the first convolution, costs nothing.
 *
 * @param forward computes the value and saves what `backward` needs
 * @param backward gets the gradient of the value and the saved tensors
 *
 * @example
 * const square = (x: tf.Tensor) =>
 *   differentiable(
 *     { x },
 *     (save) => {
 *       save([x]);
 *       return tf.square(x);
 *     },
 *     (dy, [saved]) => ({ x: () => tf.mul(dy, tf.mul(saved!, 2)) }),
 *   );
 */
export function differentiable<Name extends string>(
  inputs: Readonly<Record<Name, tf.Tensor>>,
  forward: (save: Save) => tf.Tensor,
  backward: (dy: tf.Tensor, saved: tf.Tensor[]) => Readonly<Record<Name, () => tf.Tensor>>,
): tf.Tensor {
  const engine = tf.engine() as unknown as CustomOpEngine;
  return engine.runKernelFunc({
    inputs,
    forwardFunc: (_backend, save) => forward(save),
    backwardsFunc: backward,
  });
}

/** The internal function behind `tf.customGrad`, which computes the gradients of all inputs at once. */
interface CustomOpEngine {
  runKernelFunc(op: {
    inputs: Readonly<Record<string, tf.Tensor>>;
    forwardFunc: (backend: unknown, save: Save) => tf.Tensor;
    backwardsFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => Readonly<Record<string, () => tf.Tensor>>;
  }): tf.Tensor;
}
