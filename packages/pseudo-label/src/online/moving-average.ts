import { lerpAll } from '@podium/engine';
import type { AnyModule } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Moves the parameters of `average` by `amount` (0 to 1) of the way to those of `model`, a module of the same kind.
 *
 * @param buffers whether running statistics move too, or stay as they are
 */
export function moveToward(average: AnyModule, model: AnyModule, amount: number, buffers: boolean): void {
  const entriesOf = (module: AnyModule) => [
    ...module.namedParameters(),
    ...(buffers ? module.namedBuffers() : []),
  ];
  const [from, to] = [entriesOf(average), entriesOf(model)];
  tf.tidy(() => {
    const moved = lerpAll(
      from.map(([, { variable }]) => variable),
      to.map(([, { variable }]) => variable),
      amount,
    );
    for (const [i, [, entry]] of from.entries()) entry.data = moved[i]!;
  });
}

/** A copy that nobody trains: an average of weights begins as the weights. */
export function averageOf<M extends AnyModule>(model: M): M {
  return model.clone().requiresGrad_(false);
}
