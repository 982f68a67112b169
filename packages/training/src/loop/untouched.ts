import { type AnyModule, loadStateDict, type Parameter, stateDict } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { freezeState, loadFreezeState } from './freeze-state.ts';

/**
 * Runs `f`, which may train the model as it likes, and puts everything back: weights, running statistics and counters to
 * the bit, gradients, modes, what is frozen. Copying the model instead would draw from the default random stream.
 */
export async function leavingUntouched<T>(model: AnyModule, f: () => T | Promise<T>): Promise<T> {
  const weights = stateDict(model);
  const freeze = freezeState(model);
  const modes = model.modules().map((module) => [module, module.training] as const);
  const gradients = model.parameters().map((parameter): [Parameter, tf.Tensor | null] => {
    const { grad } = parameter;
    parameter.grad = null;
    return [parameter, grad];
  });
  try {
    return await f();
  } finally {
    model.zeroGrad();
    loadStateDict(model, weights);
    loadFreezeState(model, freeze);
    for (const [module, training] of modes) module.training = training;
    for (const [parameter, grad] of gradients) parameter.grad = grad;
  }
}
