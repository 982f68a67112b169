import { depthwiseConv2d } from '@podium/engine';
import { AvgPool2d, Module } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';

/** How a map is halved without aliasing: by means of 2x2 windows, or by a binomial filter. */
export type Antialias = 'avg' | 'blur';

/** Weights of the filter along one axis. */
const BINOMIAL = [0.25, 0.5, 0.25] as const;

/** Blurs with zeros around the map and halves it, `[B,H,W,C] -> [B,H/2,W/2,C]` (Zhang 2019, arXiv 1904.11486). */
export class BlurPool2d extends Module {
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const row = tf.tensor1d([...BINOMIAL]);
    const filter = tf.reshape(tf.outerProduct(row, row), [3, 3, 1, 1]);
    const filters = tf.tile(filter, [1, 1, x.shape[3], 1]) as tf.Tensor4D;
    return depthwiseConv2d(x, filters, { stride: 2, padding: 1 });
  }
}

/** The module that halves a map in place of a convolution's stride; null if nothing is halved or no kind is named. */
export function makeAntialias(kind: Antialias | undefined, stride: number): AvgPool2d | BlurPool2d | null {
  if (kind === undefined || stride === 1) return null;
  return kind === 'avg' ? new AvgPool2d({ kernelSize: 2, stride: 2 }) : new BlurPool2d();
}
