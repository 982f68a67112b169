import { PodiumError } from '@podium/core';
import { type Activation, batchNormEval, batchNormTrain, isMeta } from '@podium/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { ones, zeros } from '../init.ts';
import { Module } from '../module.ts';
import { Buffer, Counter, Parameter } from '../parameter.ts';
import { isRecomputing } from '../recomputing.ts';
import { assertShape } from './assert-shape.ts';

/** Code of the error about a single value per channel. */
export const NO_STATISTICS = 'nn-batch-norm';

export interface BatchNorm2dOptions {
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
  /** Weight of a batch in the running statistics, as in PyTorch. Default 0.1. */
  readonly momentum?: number;
  /** Applied to the result, in the same pass over memory. Default `linear`. */
  readonly activation?: Activation;
}

/**
 * `[B,H,W,C] -> [B,H,W,C]` (`torch.nn.BatchNorm2d`), with an optional shortcut and activation in the same pass:
 * `activation(norm(x) + residual)`. The engine's `batchNormTrain` has several versions; its `referenceTrain`, in plain
 * TensorFlow.js ops, is the one that defines the result.
 */
export class BatchNorm2d extends Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]> {
  readonly isNorm = true;
  readonly features: number;
  readonly epsilon: number;
  momentum: number;
  activation: Activation;
  /**
   * Normalize by the running statistics in training too, without updating them: for frozen parts of a network, and for
   * batches too small for useful statistics.
   */
  frozenStatistics = false;
  weight: Parameter;
  bias: Parameter;
  running_mean: Buffer;
  running_var: Buffer;
  num_batches_tracked: Counter = new Counter();

  constructor(features: number, options: BatchNorm2dOptions = {}) {
    super();
    this.features = features;
    this.epsilon = options.epsilon ?? 1e-5;
    this.momentum = options.momentum ?? 0.1;
    this.activation = options.activation ?? 'linear';
    this.weight = new Parameter([features], ones);
    this.bias = new Parameter([features], zeros);
    this.running_mean = new Buffer([features], 0);
    this.running_var = new Buffer([features], 1);
  }

  /** @throws PodiumError `nn-batch-norm` in training if a channel has a single value, as PyTorch does */
  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    assertShape('BatchNorm2d', x, x.rank === 4 && x.shape[3] === this.features, `[B,H,W,${this.features}]`);
    const parameters = {
      scale: this.weight.data as tf.Tensor1D,
      offset: this.bias.data as tf.Tensor1D,
      runningMean: this.running_mean.data as tf.Tensor1D,
      runningVariance: this.running_var.data as tf.Tensor1D,
    };
    const { epsilon, momentum, activation } = this;
    const options = { epsilon, activation, residual };
    if (!this.training || this.frozenStatistics) return batchNormEval(x, parameters, options);
    assertSeveralValues(x.shape);
    const { y, runningMean, runningVariance } = batchNormTrain(x, parameters, { ...options, momentum });
    if (!isRecomputing()) {
      this.running_mean.data = runningMean;
      this.running_var.data = runningVariance;
      this.num_batches_tracked.value++;
    }
    runningMean.dispose();
    runningVariance.dispose();
    return y;
  }

  override extraRepr(): string {
    const parts = [String(this.features)];
    if (this.epsilon !== 1e-5) parts.push(`epsilon=${this.epsilon}`);
    if (this.momentum !== 0.1) parts.push(`momentum=${this.momentum}`);
    if (this.activation !== 'linear') parts.push(`activation=${this.activation}`);
    if (this.frozenStatistics) parts.push('frozenStatistics');
    return parts.join(', ');
  }
}

/** One value per channel has no variance: normalized, it is a constant, whatever the image. */
function assertSeveralValues(shape: readonly [number, number, number, number]): void {
  const [batch, height, width] = shape;
  // Without values, only shapes are asked for.
  if (batch * height * width > 1 || isMeta()) return;
  throw new PodiumError({
    code: NO_STATISTICS,
    message: 'a batch norm needs several values per channel in training',
    expected: '[B,H,W,C] with B x H x W > 1',
    got: `[${shape}]`,
    fix: 'train with at least two images per batch, or on larger images',
  });
}
