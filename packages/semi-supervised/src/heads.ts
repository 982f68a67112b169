import type { LabeledHead } from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';

/** Heads of a model, whose logits lie side by side: `[B, K1 + K2 + ...]`. */
export interface Heads {
  readonly list: readonly LabeledHead[];
  /** Classes of all heads together. */
  readonly classes: number;
  /** The columns of each head: `[B,K] -> [B,K1], [B,K2], ...` */
  split(x: tf.Tensor2D): tf.Tensor2D[];
  /** The inverse of {@link Heads.split}. */
  join(columns: readonly tf.Tensor2D[]): tf.Tensor2D;
  /** The sum over heads of `f` of the columns of two tensors. */
  sum(a: tf.Tensor2D, b: tf.Tensor2D, f: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Scalar): tf.Scalar;
}

export function headsOf(list: readonly LabeledHead[]): Heads {
  const single = list.length === 1;
  const widths = list.map(({ classes }) => classes);
  const split = (x: tf.Tensor2D): tf.Tensor2D[] => (single ? [x] : (tf.split(x, widths, 1) as tf.Tensor2D[]));
  return {
    list,
    classes: widths.reduce((sum, width) => sum + width, 0),
    split,
    join: (columns) => (single ? columns[0]! : (tf.concat([...columns], 1) as tf.Tensor2D)),
    sum(a, b, f) {
      const columns = split(b);
      return total(split(a).map((column, i) => f(column, columns[i]!)));
    },
  };
}

/** The sum of one or more scalars. */
export function total(scalars: readonly tf.Scalar[]): tf.Scalar {
  return scalars.length === 1 ? scalars[0]! : (tf.addN([...scalars]) as tf.Scalar);
}

/** The mean over heads of their means. */
export function meanOfAll(columns: readonly tf.Tensor1D[]): tf.Scalar {
  return tf.div(total(columns.map((column) => tf.mean(column))), columns.length) as tf.Scalar;
}
