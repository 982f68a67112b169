import { minimizePenalized } from '@podium/core';
import { readValues } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureMatrix } from './feature-matrix.ts';

/** A linear classifier on features: `softmax(x weight + bias)`. */
export interface LinearProbe {
  /** `[F,K]`, row-major. */
  readonly weight: Float32Array;
  /** `[K]` */
  readonly bias: Float32Array;
  /** Per feature: what the probe subtracts first, and what it divides by. */
  readonly mean: Float32Array;
  readonly std: Float32Array;
}

export interface ProbeOptions {
  /** Inverse of the regularization strength, as scikit-learn's `C`, on standardized features. Default 0.01. */
  readonly c?: number;
  readonly maxIterations?: number;
  /**
   * `[R,K]` for the R `rows`, instead of `labels`: target probabilities times the weight of the row in the loss.
   */
  readonly targets?: Float32Array;
}

/**
 * Fits multinomial logistic regression with an L2 penalty on standardized features, as scikit-learn's `LogisticRegression` with
 * lbfgs: minimizes `sum of cross-entropies + |weight|^2 / (2 C)`.
 *
 * @param rows rows of the features to fit to
 * @param labels one per row of the features, from 0 to `classes - 1`
 *
 * @example
 * const probe = fitLinearProbe(features, trainRows, labels, 10);
 * const predicted = predictByProbe(probe, features, testRows);
 */
export function fitLinearProbe(
  features: FeatureMatrix,
  rows: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  { c = 0.01, maxIterations = 200, targets: given }: ProbeOptions = {},
): LinearProbe {
  const { width } = features;
  const { mean, std } = statistics(features, rows);
  const x = tf.tidy(() => standardize(features, rows, mean, std));
  const targets = tf.tidy(() => {
    if (given !== undefined) return tf.tensor2d(given, [rows.length, classes]);
    const indices = Int32Array.from(rows, (row) => labels[row]!);
    return tf.cast(tf.oneHot(tf.tensor1d(indices, 'int32'), classes), 'float32') as tf.Tensor2D;
  });
  // The targets of a row sum to its weight.
  const weights = tf.tidy(() => tf.sum(targets, 1, true));
  const crossEntropy = (parameters: Float64Array, gradient: Float64Array): number =>
    tf.tidy(() => {
      const values = Float32Array.from(parameters);
      const weight = tf.tensor2d(values.subarray(0, width * classes), [width, classes]);
      const bias = tf.tensor1d(values.subarray(width * classes));
      const logits = tf.add(tf.matMul(x, weight), bias);
      const logProbabilities = tf.logSoftmax(logits);
      const errors = tf.sub(tf.mul(tf.exp(logProbabilities), weights), targets);
      gradient.set(tf.matMul(x, errors, true).dataSync());
      gradient.set(tf.sum(errors, 0).dataSync(), width * classes);
      return -tf.sum(tf.mul(targets, logProbabilities)).dataSync()[0]!;
    });
  const parameters = minimizePenalized(crossEntropy, {
    size: (width + 1) * classes,
    isBias: (index) => index >= width * classes,
    scale: (value) => value / c,
    tolerance: 1e-3 * Math.sqrt(rows.length),
    maxIterations,
  });
  tf.dispose([x, targets, weights]);
  return {
    weight: Float32Array.from(parameters.subarray(0, width * classes)),
    bias: Float32Array.from(parameters.subarray(width * classes)),
    mean,
    std,
  };
}

/** The class that a probe predicts for each of the rows. */
export function predictByProbe(
  probe: LinearProbe,
  features: FeatureMatrix,
  rows: ArrayLike<number>,
): Int32Array {
  return readValues<Int32Array>(() => tf.argMax(logitsOf(probe, features, rows), 1));
}

/** `[N,K]`: the logits of a probe for each of the rows. */
export function probeLogits(
  probe: LinearProbe,
  features: FeatureMatrix,
  rows: ArrayLike<number>,
): Float32Array {
  return readValues(() => logitsOf(probe, features, rows));
}

function logitsOf(probe: LinearProbe, features: FeatureMatrix, rows: ArrayLike<number>): tf.Tensor {
  const x = standardize(features, rows, probe.mean, probe.std);
  const weight = tf.tensor2d(probe.weight, [features.width, probe.bias.length]);
  return tf.add(tf.matMul(x, weight), tf.tensor1d(probe.bias));
}

function statistics(
  { values, width }: FeatureMatrix,
  rows: ArrayLike<number>,
): { mean: Float32Array; std: Float32Array } {
  const sums = new Float64Array(width);
  const squares = new Float64Array(width);
  for (let i = 0; i < rows.length; i++) {
    const at = rows[i]! * width;
    for (let f = 0; f < width; f++) {
      const value = values[at + f]!;
      sums[f] = sums[f]! + value;
      squares[f] = squares[f]! + value * value;
    }
  }
  const mean = Float32Array.from(sums, (sum) => sum / rows.length);
  const std = Float32Array.from(squares, (square, f) => {
    const variance = square / rows.length - (sums[f]! / rows.length) ** 2;
    // A constant feature carries no information, with any divisor.
    return variance > 1e-12 ? Math.sqrt(variance) : 1;
  });
  return { mean, std };
}

function standardize(
  { values, width }: FeatureMatrix,
  rows: ArrayLike<number>,
  mean: Float32Array,
  std: Float32Array,
): tf.Tensor2D {
  const picked = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * width;
    for (let f = 0; f < width; f++) {
      picked[i * width + f] = (values[from + f]! - mean[f]!) / std[f]!;
    }
  }
  return tf.tensor2d(picked, [rows.length, width]);
}
