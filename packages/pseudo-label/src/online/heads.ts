import * as tf from '@tensorflow/tfjs-core';

/** Several questions about one image, answered by logits that come one after the other, `[B, K1 + K2 + ...]`. */
export interface Heads {
  /** Classes of each. */
  readonly widths: readonly number[];
  /** Classes of all together. */
  readonly classes: number;
  /** The columns of each head: `[B,K] -> [B,K1], [B,K2], ...` */
  split(x: tf.Tensor2D): tf.Tensor2D[];
  /** The inverse of {@link Heads.split}. */
  join(columns: readonly tf.Tensor2D[]): tf.Tensor2D;
  /** The sum over heads of `f` of the columns of two tensors. */
  sum(a: tf.Tensor2D, b: tf.Tensor2D, f: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Scalar): tf.Scalar;
}

export function headsOf(widths: readonly number[]): Heads {
  const single = widths.length === 1;
  const split = (x: tf.Tensor2D): tf.Tensor2D[] =>
    single ? [x] : (tf.split(x, [...widths], 1) as tf.Tensor2D[]);
  return {
    widths,
    classes: widths.reduce((sum, width) => sum + width, 0),
    split,
    join: (columns) => (single ? columns[0]! : (tf.concat([...columns], 1) as tf.Tensor2D)),
    sum(a, b, f) {
      const others = split(b);
      return total(split(a).map((each, i) => f(each, others[i]!)));
    },
  };
}

/** The sum of scalars, one or more. */
export function total(scalars: readonly tf.Scalar[]): tf.Scalar {
  return scalars.length === 1 ? scalars[0]! : (tf.addN([...scalars]) as tf.Scalar);
}

/** The mean over heads of the means of what each gives. */
export function meanOfAll(columns: readonly tf.Tensor1D[]): tf.Scalar {
  return tf.div(total(columns.map((column) => tf.mean(column))), columns.length) as tf.Scalar;
}
