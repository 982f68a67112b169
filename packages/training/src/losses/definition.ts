import type * as tf from '@tensorflow/tfjs-core';
import type { SettingsSpec } from '../settings.ts';

/**
 * What a loss is told is right, the richest form that it takes:
 * - `class`: the class of each sample, int32 `[B]`;
 * - `soft`: a distribution over classes, `[B,K]`, as MixUp makes; or classes `[B]`;
 * - `multi-label`: each class on its own, from 0 to 1, `[B,K]`; or classes `[B]`.
 */
export type TargetKind = 'class' | 'soft' | 'multi-label';

export interface LossCallOptions {
  /**
   * How much each sample counts, `[B]`; its mean is then a weighted one. Samples of weight 0 (a missing label) change
   * neither the loss nor a gradient, whatever their target; if all are 0 so is the loss.
   */
  readonly sampleWeights?: tf.Tensor1D | undefined;
}

/** How wrong a model's logits are. */
export interface Loss {
  readonly name: string;
  readonly targets: TargetKind;
  /**
   * `[B,K]`, targets `-> []`: the mean over the batch, in float32 whatever the precision of the logits. Differentiable by
   * the logits on every backend; nothing is read back to the CPU. The caller tidies up.
   *
   * @throws PodiumError `training-loss-shape`
   */
  call(logits: tf.Tensor2D, targets: tf.Tensor, options?: LossCallOptions): tf.Scalar;
}

/** What a loss computes from. */
export interface LossInputs {
  /** `[B,K]` float32. */
  readonly logits: tf.Tensor2D;
  /** `[B,K]` float32: one-hot where classes were given. */
  readonly targets: tf.Tensor2D;
  /** Whether classes were given. */
  readonly hard: boolean;
  /** `[B]` */
  readonly weights: tf.Tensor1D | undefined;
}

/** A loss by its settings. */
export interface LossDefinition<Name extends string = string, S = object> {
  readonly name: Name;
  readonly targets: TargetKind;
  readonly settings: SettingsSpec<S>;
  /** Says what is wrong with settings that are right one by one. */
  readonly conflict?: (settings: S) => string | undefined;
  readonly compute: (settings: S, inputs: LossInputs) => tf.Tensor;
}
