import { PodiumError, type Rng } from '@podium/core';
import { precision, withPrecision } from '@podium/engine';
import { type AnyModule, backward, withRng } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { HeadsLoss } from '../losses/index.ts';
import type { Optimizer } from '../optimizers/index.ts';
import type { TrainingBatch } from './batch.ts';
import { type Mixer, type Normalization, toTensors } from './batch-tensors.ts';
import type { TrainerSettings } from './settings.ts';

/** Loss of one batch, on the device: the sum over heads, then each head where there are several. The caller owns them. */
export type BatchLosses = readonly tf.Scalar[];

/** `[B,H,W,C] -> [B,K]`: calls a model whose output has to be logits for these heads. */
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
 * Forward and backward pass of one batch: gradients are added to what the parameters hold. Nothing is read back and
 * nothing is left on the device but gradients and the losses that are returned.
 *
 * @param rng of this batch: dropout draws from it, and mixing from a part of its own
 */
export function accumulateGradients(
  settings: Pick<TrainerSettings, 'model' | 'loss' | 'precision'> & {
    readonly normalization?: Normalization | undefined;
    readonly mixer?: Mixer | undefined;
  },
  batch: TrainingBatch,
  rng: Rng,
): BatchLosses {
  const { model, loss, mixer, normalization } = settings;
  return tf.tidy(() => {
    const { x, targets, sampleWeights } = toTensors(batch, loss.heads, {
      normalization,
      mixer,
      rng: rng.split('mix'),
    });
    let byHead: Readonly<Record<string, tf.Scalar>> = {};
    const total = withPrecision(settings.precision ?? precision(), () =>
      withRng(rng.split('layers'), () =>
        backward(() => {
          const result = loss.call(forward(model, x), targets, { sampleWeights });
          // The backward pass frees what the forward pass made.
          byHead = keepHeads(loss, result.byHead);
          return result.total;
        }),
      ),
    );
    return [total, ...Object.values(byHead)];
  });
}

function keepHeads(loss: HeadsLoss, byHead: Readonly<Record<string, tf.Scalar>>): Record<string, tf.Scalar> {
  if (loss.heads.length === 1) return {};
  return Object.fromEntries(loss.heads.map(({ name }) => [name, tf.keep(byHead[name]!)]));
}

/** One optimizer step by gradients added up over `batches` batches; forgets them. @returns their norm, the caller's */
export function optimizerStep(
  optimizer: Optimizer,
  batches: number,
  { clipNorm, clipValue }: Pick<TrainerSettings, 'clipNorm' | 'clipValue'>,
): tf.Scalar {
  const { gradientNorm } = optimizer.step({
    clipNorm,
    clipValue,
    ...(batches === 1 ? {} : { gradientScale: 1 / batches }),
    measureNorm: true,
  });
  optimizer.zeroGrad();
  return gradientNorm!;
}
