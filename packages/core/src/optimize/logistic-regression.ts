import { logSumExp } from '../math/softmax.ts';
import { minimizeLbfgs, type ValueAndGradient } from './lbfgs.ts';

/** Linear scores, `x weights + bias`. */
export interface LinearModel {
  /** `[F,K]` row by row. */
  readonly weights: Float64Array;
  /** `[K]` */
  readonly bias: Float64Array;
}

export interface LinearFitOptions {
  /** F, the number of features. */
  readonly inputs: number;
  /** K, the number of scores. */
  readonly outputs: number;
  /** Inverse strength of the L2 penalty. */
  readonly c: number;
  /** Stops where the largest part of the gradient is below this. */
  readonly tolerance: number;
  readonly maxIterations: number;
}

/**
 * Minimizes `loss + |weights|^2 / (2 c)` by L-BFGS, starting from zeros; the bias is not penalized. How the loss is
 * computed is up to the caller: {@link fitLogisticRegression} does it in float64, a linear probe with tensors.
 * @param loss of the parameters, `[F,K]` weights followed by `[K]` bias, and its gradient in the same layout
 */
export function fitLinearModel(loss: ValueAndGradient, options: LinearFitOptions): LinearModel {
  const { inputs, outputs, c, tolerance, maxIterations } = options;
  const penalized = inputs * outputs;
  const { x } = minimizeLbfgs(
    (parameters, gradient) => {
      const unpenalized = loss(parameters, gradient);
      let squares = 0;
      for (let i = 0; i < penalized; i++) {
        const value = parameters[i]!;
        squares += value * value;
        gradient[i] = gradient[i]! + value / c;
      }
      return unpenalized + squares / (2 * c);
    },
    new Float64Array(penalized + outputs),
    { maxIterations, tolerance },
  );
  return { weights: x.slice(0, penalized), bias: x.slice(penalized) };
}

export interface LogisticRegressionOptions {
  /** Inverse strength of the L2 penalty, scikit-learn's C. Default 1. */
  readonly c?: number;
  /** Stops where the largest part of the mean loss's gradient is below this. Default 1e-5. */
  readonly tolerance?: number;
  /** Default 200. */
  readonly maxIterations?: number;
}

/**
 * Multinomial logistic regression with an L2 penalty: minimizes C x the sum of cross-entropies + |weights|^2 / 2, with
 * the coefficients of scikit-learn's LogisticRegression. As there, two classes share one column of scores, whose sign
 * decides: above 0 the second class is more likely.
 * @param features `[N,F]` row by row
 * @param targets `[N,K]` row by row, K >= 2: each row's class probabilities times the row's weight in the loss; for labels,
 * see {@link oneHot}
 * @param classes K
 */
export function fitLogisticRegression(
  features: Float64Array,
  targets: Float64Array,
  classes: number,
  { c = 1, tolerance = 1e-5, maxIterations = 200 }: LogisticRegressionOptions = {},
): LinearModel {
  const length = targets.length / classes;
  const inputs = features.length / length;
  const outputs = classes === 2 ? 1 : classes;
  const total = targets.reduce((sum, target) => sum + target, 0);
  const lossOfRow = outputs === 1 ? binaryCrossEntropy : crossEntropy;
  const scores = new Float64Array(outputs);
  const errors = new Float64Array(outputs);
  const meanLoss: ValueAndGradient = (parameters, gradient) => {
    gradient.fill(0);
    const bias = inputs * outputs;
    let loss = 0;
    for (let row = 0; row < length; row++) {
      const start = row * inputs;
      addScores(parameters, parameters.subarray(bias), features, start, inputs, scores);
      loss += lossOfRow(scores, targets.subarray(row * classes, (row + 1) * classes), errors);
      for (let k = 0; k < outputs; k++) {
        const error = errors[k]! / total;
        errors[k] = error;
        gradient[bias + k] = gradient[bias + k]! + error;
      }
      for (let f = 0; f < inputs; f++) {
        const value = features[start + f]!;
        for (let i = f * outputs, k = 0; k < outputs; i++, k++)
          gradient[i] = gradient[i]! + errors[k]! * value;
      }
    }
    return loss / total;
  };
  return fitLinearModel(meanLoss, { inputs, outputs, c: c * total, tolerance, maxIterations });
}

/** `[N,K]` targets of class indices `[N]`: 1 for the row's class, 0 for the others. */
export function oneHot(labels: ArrayLike<number>, classes: number): Float64Array {
  const targets = new Float64Array(labels.length * classes);
  for (let row = 0; row < labels.length; row++) targets[row * classes + labels[row]!] = 1;
  return targets;
}

/** `[N,F] -> [N,K]`: the model's scores. */
export function linearScores({ weights, bias }: LinearModel, features: Float64Array): Float64Array {
  const outputs = bias.length;
  const inputs = weights.length / outputs;
  const length = features.length / inputs;
  const result = new Float64Array(length * outputs);
  for (let row = 0; row < length; row++) {
    const scores = result.subarray(row * outputs, (row + 1) * outputs);
    addScores(weights, bias, features, row * inputs, inputs, scores);
  }
  return result;
}

/** Writes a row's scores: the bias, then each feature's share in turn. */
function addScores(
  weights: Float64Array,
  bias: Float64Array,
  features: Float64Array,
  start: number,
  inputs: number,
  scores: Float64Array,
): void {
  const outputs = scores.length;
  for (let k = 0; k < outputs; k++) scores[k] = bias[k]!;
  for (let f = 0; f < inputs; f++) {
    const value = features[start + f]!;
    for (let i = f * outputs, k = 0; k < outputs; i++, k++) scores[k] = scores[k]! + weights[i]! * value;
  }
}

/** Cross-entropy of a row's scores; its slopes by score are written into `errors`. */
function crossEntropy(scores: Float64Array, targets: Float64Array, errors: Float64Array): number {
  const logTotal = logSumExp(scores);
  let weight = 0;
  let expected = 0;
  for (let k = 0; k < scores.length; k++) {
    weight += targets[k]!;
    expected += targets[k]! * scores[k]!;
  }
  for (let k = 0; k < scores.length; k++) {
    errors[k] = weight * Math.exp(scores[k]! - logTotal) - targets[k]!;
  }
  return weight * logTotal - expected;
}

/** The same for two classes with one score, that of the second class. */
function binaryCrossEntropy(scores: Float64Array, targets: Float64Array, errors: Float64Array): number {
  const score = scores[0]!;
  const second = targets[1]!;
  const weight = targets[0]! + second;
  errors[0] = weight / (1 + Math.exp(-score)) - second;
  // log(1 + exp(score)), without overflow.
  const logTotal = Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score)));
  return weight * logTotal - second * score;
}
