import { PodiumError } from '@podium/core';
import type * as tf from '@tensorflow/tfjs-core';

/** @throws PodiumError `nn-shape` unless `fits` */
export function assertShape(layer: string, x: tf.Tensor, fits: boolean, expected: string): void {
  if (fits) return;
  throw new PodiumError({
    code: 'nn-shape',
    message: `input of ${layer}`,
    expected,
    got: `[${x.shape}]`,
    fix: 'activations are [B,H,W,C] here: channels come last, unlike in PyTorch',
  });
}
