import { valueAndWatched } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { trackParameters } from './parameter.ts';

/**
 * Runs the forward pass in `loss` and adds the gradient of its result to the `grad` of every parameter it used that has
 * `requiresGrad` (`loss.backward()` in PyTorch). Gradients add up until `zeroGrad()`: call this once per batch to accumulate.
 * Operations on frozen parameters only are not recorded, and cost neither time nor memory in the backward pass.
 *
 * @param loss returns a scalar
 * @returns the loss, owned by the caller. Nothing is read back to the CPU until you call `dataSync()`.
 * @throws PodiumError if the result is not a scalar, or if calls are nested
 *
 * @example
 * tf.tidy(() => {
 *   model.zeroGrad();
 *   const loss = backward(() => tf.mean(softmaxCrossEntropy(model.call(images), targets)));
 *   optimizer.step();
 * });
 */
export function backward(loss: () => tf.Tensor): tf.Scalar {
  const { result, parameters } = trackParameters(() => valueAndWatched(loss));
  for (const { by, gradient } of result.gradients) {
    const parameter = parameters.get(by.id);
    if (parameter === undefined) {
      gradient.dispose();
      continue;
    }
    if (parameter.grad === null) {
      parameter.grad = tf.keep(gradient);
      continue;
    }
    const sum = tf.keep(tf.add(parameter.grad, gradient));
    parameter.zeroGrad();
    gradient.dispose();
    parameter.grad = sum;
  }
  return result.value;
}
