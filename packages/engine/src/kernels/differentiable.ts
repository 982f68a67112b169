import * as tf from '@tensorflow/tfjs-core';

/** Keeps tensors for the backward pass; does nothing when no gradient is being recorded. */
export type Save = (tensors: tf.Tensor[]) => void;

/**
 * One op with a gradient of its own. Like `tf.customGrad`, except that the gradient of each input is a function that is
 * called only if that gradient is wanted: a frozen weight, or the image under a first convolution, costs nothing.
 *
 * @param forward computes the value from native or plain ops and saves what `backward` needs
 * @param backward given the gradient of the value and the saved tensors, returns one function per input
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

/** What `tf.customGrad` itself is made of; it calls the gradient functions of all inputs at once. */
interface CustomOpEngine {
  runKernelFunc(op: {
    inputs: Readonly<Record<string, tf.Tensor>>;
    forwardFunc: (backend: unknown, save: Save) => tf.Tensor;
    backwardsFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => Readonly<Record<string, () => tf.Tensor>>;
  }): tf.Tensor;
}
