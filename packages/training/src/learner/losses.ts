import { backward } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';

/** Scalars of one batch on the device. Whoever receives them disposes of them. */
export interface Losses {
  /** What gradients are taken of. */
  readonly total: tf.Scalar;
  /** Further numbers to report, by name: the loss of each head, the share of images used. */
  readonly parts: Readonly<Record<string, tf.Scalar>>;
}

/**
 * Adds the gradient of `loss().total` to the `grad` of the model's parameters. Nothing is read back, and nothing stays on
 * the device but gradients and the scalars that are returned, which outlive `tf.tidy`.
 *
 * @param onForward called with the losses before the backward pass
 */
export function backwardLosses(loss: () => Losses, onForward?: (losses: Losses) => void): Losses {
  let parts: Record<string, tf.Scalar> = {};
  const total = backward(() => {
    const losses = loss();
    onForward?.(losses);
    // The backward pass disposes of what the forward pass made.
    parts = Object.fromEntries(
      Object.entries(losses.parts).map(([name, part]) => [name, tf.keep(tf.clone(part))]),
    );
    return losses.total;
  });
  return { total: tf.keep(total), parts };
}

export function disposeLosses({ total, parts }: Losses): void {
  tf.dispose([total, ...Object.values(parts)]);
}
