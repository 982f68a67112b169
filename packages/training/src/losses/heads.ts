import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Loss } from './definition.ts';
import { createLoss, type LossOptions } from './registry.ts';

/** One of several questions that a model answers at once. */
export interface Head {
  readonly name: string;
  /** How many of the logits are its own, from the left. */
  readonly classes: number;
  /** How much its loss counts in the sum; 1 by default. */
  readonly weight?: number;
  /** Several losses for one head are added up. */
  readonly loss: LossOptions | readonly (LossOptions & { readonly weight?: number })[];
}

export interface HeadsLossOptions {
  /** How much each sample counts: `[B]` for all heads, or by head; 0 where a label is missing. */
  readonly sampleWeights?: tf.Tensor1D | Readonly<Record<string, tf.Tensor1D | undefined>> | undefined;
}

export interface HeadsLoss {
  readonly heads: readonly Head[];
  /**
   * `[B, sum of classes]`, targets by head `-> []`: the weighted sum, and each head's own loss before its weight. Not for
   * gradients are the latter: they show which head learns. The caller tidies up.
   */
  call(
    logits: tf.Tensor2D,
    targets: Readonly<Record<string, tf.Tensor>>,
    options?: HeadsLossOptions,
  ): { readonly total: tf.Scalar; readonly byHead: Readonly<Record<string, tf.Scalar>> };
}

/**
 * A weighted sum of losses over heads, whose logits lie side by side.
 *
 * @throws PodiumError where a head is wrong, or when called, logits or targets do not fit
 */
export function createHeadsLoss(heads: readonly Head[]): HeadsLoss {
  const names = heads.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (heads.length === 0 || twice !== undefined) {
    throw new PodiumError({
      code: 'training-heads',
      message: twice === undefined ? 'a loss over heads' : `two heads are named "${twice}"`,
      expected: 'one or more heads, each with a name of its own',
    });
  }
  const losses = heads.map(({ name, classes, loss }) => {
    if (!Number.isInteger(classes) || classes < 1) {
      throw new PodiumError({
        code: 'training-heads',
        path: { key: name },
        message: 'classes of a head',
        expected: 'a whole number of at least 1',
        got: String(classes),
      });
    }
    return [loss].flat().map((options): { loss: Loss; weight: number } => {
      const { weight = 1, ...rest } = options as LossOptions & { weight?: number };
      return { loss: createLoss(rest as LossOptions), weight };
    });
  });
  const sizes = heads.map(({ classes }) => classes);
  const sum = sizes.reduce((a, b) => a + b, 0);
  return {
    heads,
    call(logits, targets, { sampleWeights } = {}) {
      if (logits.rank !== 2 || logits.shape[1] !== sum) {
        throw new PodiumError({
          code: 'training-loss-shape',
          message: `logits of the heads ${names.join(', ')}`,
          expected: `[B,${sum}]`,
          got: `[${logits.shape}]`,
        });
      }
      return tf.tidy(() => {
        const parts = heads.length === 1 ? [logits] : tf.split(logits, sizes, 1);
        const byHead: Record<string, tf.Scalar> = {};
        let total: tf.Tensor | undefined;
        for (const [i, { name, weight = 1 }] of heads.entries()) {
          const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
          if (target === undefined) {
            throw new PodiumError({
              code: 'training-heads',
              path: { key: name },
              message: 'there are no targets for this head',
              fix: 'give targets of any value, and sample weights of 0',
            });
          }
          const weights = sampleWeights instanceof tf.Tensor ? sampleWeights : sampleWeights?.[name];
          const own = losses[i]!.map(({ loss, weight: share }) => {
            const value = loss.call(parts[i] as tf.Tensor2D, target, { sampleWeights: weights });
            return share === 1 ? value : tf.mul(value, share);
          });
          const loss = own.length === 1 ? own[0]! : tf.addN(own);
          byHead[name] = tf.clone(loss) as tf.Scalar;
          const weighted = weight === 1 ? loss : tf.mul(loss, weight);
          total = total === undefined ? weighted : tf.add(total, weighted);
        }
        return { total: tf.clone(total!) as tf.Scalar, byHead };
      });
    },
  };
}
