import { choleskyInPlace, crossEntropy, minimizePenalized, oneHot, solveCholesky } from '@podium/core';
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
  const targets =
    given ??
    oneHot(
      Array.from(rows, (row) => labels[row]!),
      classes,
    );
  const fitter = createProbeFitter(features, rows, targets, classes, { maxIterations });
  try {
    return fitter.fit(c);
  } finally {
    fitter.dispose();
  }
}

/** Fits probes of several strengths to the same rows. */
export interface ProbeFitter {
  /** Begins where the last fit ended, which is near for a strength that is near. */
  readonly fit: (c: number) => LinearProbe;
  readonly dispose: () => void;
}

/**
 * Standardizes the rows once, for fits with several strengths of the penalty.
 * @param targets `[R,K]` for the R `rows`: target probabilities times the weight of the row in the loss
 */
export function createProbeFitter(
  features: FeatureMatrix,
  rows: ArrayLike<number>,
  targets: Float32Array | Float64Array,
  classes: number,
  { maxIterations = 200 }: Pick<ProbeOptions, 'maxIterations'> = {},
): ProbeFitter {
  const { width } = features;
  const { mean, std } = statistics(features, rows);
  const x = tf.tidy(() => standardize(features, rows, mean, std));
  const step = Math.ceil(rows.length / HESSIAN_ROWS);
  const sample = tf.tidy(() => tf.stridedSlice(x, [0, 0], x.shape, [step, 1]) as tf.Tensor2D);
  const biases = width * classes;
  const scores = new Float64Array(classes);
  const slopes = new Float64Array(classes);
  const errors = new Float32Array(targets.length);
  const crossEntropies = (parameters: Float64Array, gradient: Float64Array): number => {
    const logits = readValues(() => tf.matMul(x, weightsOf(parameters, width, classes)));
    let loss = 0;
    gradient.fill(0, biases);
    for (let start = 0; start < logits.length; start += classes) {
      for (let k = 0; k < classes; k++) scores[k] = logits[start + k]! + parameters[biases + k]!;
      loss += crossEntropy(scores, targets, start, slopes);
      errors.set(slopes, start);
      for (let k = 0; k < classes; k++) gradient[biases + k] = gradient[biases + k]! + slopes[k]!;
    }
    gradient.set(readValues(() => tf.matMul(x, tf.tensor2d(errors, [rows.length, classes]), true)));
    return loss;
  };
  let last: Float64Array | undefined;
  return {
    fit: (c) => {
      last = minimizePenalized(crossEntropies, {
        size: biases + classes,
        isBias: (index) => index >= biases,
        scale: (value) => value / c,
        tolerance: 1e-3 * Math.sqrt(rows.length),
        maxIterations,
        precondition: preconditioner(sample, sum(targets), classes, 1 / c),
        start: last,
      });
      return {
        weight: Float32Array.from(last.subarray(0, biases)),
        bias: Float32Array.from(last.subarray(biases)),
        mean,
        std,
      };
    },
    dispose: () => tf.dispose([x, sample]),
  };
}

/** The Hessian is estimated from about so many rows: its largest directions, which cost most iterations, show in few. */
const HESSIAN_ROWS = 256;

/**
 * Multiplies weights by about the inverse of the Hessian, `curvature X'X + penalty`, by way of the rows (Woodbury's identity):
 * a fit then takes a quarter of the iterations.
 * @param sample `[S,F]`, rows of X
 * @param total of the weights of all rows of X
 */
function preconditioner(
  sample: tf.Tensor2D,
  total: number,
  classes: number,
  penalty: number,
): (vector: Float64Array) => void {
  const [count, width] = sample.shape;
  const biases = width * classes;
  // Of the cross-entropy, as long as all classes are equally likely.
  const curvature = (1 / classes) * (1 - 1 / classes);
  const scale = (curvature * total) / count;
  const system = Float64Array.from(
    readValues(() => tf.matMul(sample, sample, false, true)),
    (value) => scale * value,
  );
  // Standardized features have about `width` on the diagonal; much less than its rounding would not be definite.
  const ridge = Math.max(penalty, 1e-5 * scale * width);
  for (let i = 0; i < count; i++) system[i * count + i] = system[i * count + i]! + ridge;
  choleskyInPlace(system, count);
  return (vector) => {
    const seen = Float64Array.from(readValues(() => tf.matMul(sample, weightsOf(vector, width, classes))));
    solveCholesky(system, count, seen);
    const known = readValues(() =>
      tf.matMul(sample, tf.tensor2d(Float32Array.from(seen), [count, classes]), true),
    );
    for (let i = 0; i < biases; i++) vector[i] = (vector[i]! - scale * known[i]!) / ridge;
    for (let i = biases; i < vector.length; i++) vector[i] = vector[i]! / (curvature * total);
  };
}

function weightsOf(parameters: Float64Array, width: number, classes: number): tf.Tensor2D {
  return tf.tensor2d(Float32Array.from(parameters.subarray(0, width * classes)), [width, classes]);
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

export function statistics(
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

export function standardize(
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

function sum(values: Float32Array | Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
