import { PodiumError, type Rng } from '@podium/core';
import { precision, withPrecision } from '@podium/engine';
import { type AnyModule, withRng } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type TrainingBatch, toTensors } from '../batches/index.ts';
import { backwardLosses, type Losses } from '../learner/index.ts';
import type { TrainerSettings } from './trainer-settings.ts';

/** What the loss of a batch depends on. */
export type SupervisedSettings = Pick<
  TrainerSettings,
  'model' | 'loss' | 'mixer' | 'normalization' | 'precision'
>;

/** `[B,H,W,C] -> [B,K]`: calls a model that must return logits. */
export function forward(model: AnyModule, x: tf.Tensor4D): tf.Tensor2D {
  const y = (model.call as (x: tf.Tensor) => unknown).call(model, x);
  if (y instanceof tf.Tensor && y.rank === 2) return y as tf.Tensor2D;
  throw new PodiumError({
    code: 'training-output',
    message: 'output of the model',
    expected: 'logits [B,K]',
    got: y instanceof tf.Tensor ? `[${y.shape}]` : typeof y,
    fix: 'end the model with a pooling and a linear layer',
  });
}

/**
 * Forward and backward pass of one labeled batch: gradients are added to those that the parameters hold. Nothing is read
 * back, and nothing stays on the device but gradients and losses.
 *
 * @param rng of this batch: dropout and mixing draw from streams of it
 * @param backward default: {@link backwardLosses}
 * @returns the sum over heads, and the loss of each head if there are several; the caller disposes of them
 */
export function supervisedLosses(
  { model, loss, mixer, normalization, precision: wanted = precision() }: SupervisedSettings,
  batch: TrainingBatch,
  rng: Rng,
  backward: (loss: () => Losses) => Losses = backwardLosses,
): Losses {
  let losses: Losses | undefined;
  tf.tidy(() => {
    const options = { normalization, mixer, rng: rng.split('mix') };
    const { x, targets, sampleWeights } = toTensors(batch, loss.heads, options);
    losses = withPrecision(wanted, () =>
      withRng(rng.split('layers'), () =>
        backward(() => {
          const { total, byHead } = loss.call(forward(model, x), targets, { sampleWeights });
          return { total, parts: loss.heads.length === 1 ? {} : byHead };
        }),
      ),
    );
  });
  return losses!;
}
