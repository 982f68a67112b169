import { valueAndWatched } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { touchedBy } from './parameter.ts';

/**
 * Runs the forward pass in `loss`, which must return a scalar, and adds its gradient to the `grad` of every parameter
 * with `requiresGrad` that it used: PyTorch's `loss.backward()`. Gradients add up until `zeroGrad()`, so accumulation
 * over several batches is calling this several times, and forgetting to zero has the effect that it has there.
 * What frozen parameters alone lead to is not recorded: it costs no gradient time and no memory.
 *
 * @returns the loss, which the caller owns. Nothing is read back to the CPU: call `dataSync()` on it when it is needed.
 * @throws PodiumError where the result is no scalar, or when nested
 */
export function backward(loss: () => tf.Tensor): tf.Scalar {
  const { result, parameters } = touchedBy(() => valueAndWatched(loss));
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
