import { type AnyModule, loadStateDict, type Parameter, stateDict } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { freezeState, keepModes, loadFreezeState } from '../learner/index.ts';

/**
 * Runs `f`, which may train the model, and restores everything: weights, running statistics and counters to the bit,
 * gradients, modes, what is frozen. (A copy of the model would draw from the default random stream.)
 */
export async function leavingUntouched<T>(model: AnyModule, f: () => T | Promise<T>): Promise<T> {
  const weights = stateDict(model);
  const freeze = freezeState(model);
  const gradients = model.parameters().map((parameter): [Parameter, tf.Tensor | null] => {
    const { grad } = parameter;
    parameter.grad = null;
    return [parameter, grad];
  });
  try {
    return await keepModes([model], f);
  } finally {
    model.zeroGrad();
    loadStateDict(model, weights);
    loadFreezeState(model, freeze);
    for (const [parameter, grad] of gradients) parameter.grad = grad;
  }
}
