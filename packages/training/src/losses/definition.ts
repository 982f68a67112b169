import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';

/**
 * Targets of a loss, in the richest form that it accepts:
 *
 * - `class`: the class of each sample, int32 `[B]`;
 * - `soft`: a distribution over classes, `[B,K]`, as MixUp produces; or classes `[B]`;
 * - `multi-label`: each class by itself, from 0 to 1, `[B,K]`; or classes `[B]`;
 * - `numbers`: numbers `[B,K]`, which the outputs are to be near to.
 */
export type TargetKind = 'class' | 'soft' | 'multi-label' | 'numbers';

export interface LossCallOptions {
  /**
   * Weight of each sample in the mean, `[B]`. A sample of weight 0 (a missing label) changes neither the loss nor a
   * gradient, whatever its target. If all weights are 0, the loss is 0.
   */
  readonly sampleWeights?: tf.Tensor1D | undefined;
}

/** Measures how wrong logits are. */
export interface Loss {
  readonly name: string;
  readonly targets: TargetKind;
  /**
   * Mean over the batch: logits `[B,K]`, targets `-> []`, in float32 whatever the precision of the logits. Differentiable
   * by the logits on every backend; nothing is read back to the CPU. Call it inside `tf.tidy`.
   *
   * @throws PodiumError `training-loss-shape`
   */
  call(logits: tf.Tensor2D, targets: tf.Tensor, options?: LossCallOptions): tf.Scalar;
  /**
   * What the mean of `call` divides by `-> []`: the weights of the samples with a label. Means of batches, weighted by it, give
   * the mean over all of them.
   */
  weight(logits: tf.Tensor2D, targets: tf.Tensor, options?: LossCallOptions): tf.Scalar;
}

/** Checked inputs of a loss. */
export interface LossInputs {
  /** `[B,K]` float32. */
  readonly logits: tf.Tensor2D;
  /** `[B,K]` float32; one-hot if classes were given. */
  readonly targets: tf.Tensor2D;
  /** Whether classes were given. */
  readonly hard: boolean;
  /** `[B]` */
  readonly weights: tf.Tensor1D | undefined;
}

export const labelSmoothing = (description: string) =>
  z.number().min(0).max(1).default(0).describe(description);

/** A loss as data and arithmetic; `createLoss` checks inputs and frees tensors. */
export interface LossDefinition<Name extends string = string, Settings extends z.ZodObject = z.ZodObject> {
  readonly name: Name;
  /** One line for a catalog. */
  readonly summary: string;
  readonly targets: TargetKind;
  readonly settings: Settings;
  create(settings: z.output<Settings>): (inputs: LossInputs) => tf.Tensor;
  /** What each sample adds to the divisor of the mean, `[B]`. Default: 1. */
  readonly shares?: (settings: z.output<Settings>, inputs: LossInputs) => tf.Tensor | undefined;
}

/** Types a definition by its name and settings. */
export function defineLoss<const Name extends string, Settings extends z.ZodObject>(
  definition: LossDefinition<Name, Settings>,
): LossDefinition<Name, Settings> {
  return definition;
}
