import { logSumExp } from '../math/softmax.ts';
import { type LbfgsOptions, minimizeLbfgs, type ValueAndGradient } from './lbfgs.ts';

/** Linear scores `x weights^T + bias`, as scikit-learn's `coef_` and `intercept_`. */
export interface LinearModel {
  /** `[K,F]` row by row. */
  readonly weights: Float64Array;
  /** `[K]` */
  readonly bias: Float64Array;
}

export interface PenalizedOptions {
  /** Number of parameters. */
  readonly size: number;
  /** Biases are not penalized. */
  readonly isBias: (index: number) => boolean;
  /** Multiplies by the strength of the penalty, 1 / c: a function, so that each caller keeps its own rounding. */
  readonly scale: (value: number) => number;
  /** Stops where the largest part of the gradient is below this. */
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly precondition?: LbfgsOptions['precondition'];
  /** Where to begin. Default: zeros. */
  readonly start?: Float64Array | undefined;
}

/**
 * Minimizes `loss + strength x |weights|^2 / 2` by L-BFGS. How the loss is computed is up to the caller:
 * {@link fitLogisticRegression} does it in float64, a linear probe with tensors.
 */
export function minimizePenalized(loss: ValueAndGradient, options: PenalizedOptions): Float64Array {
  const { size, isBias, scale, start, ...rest } = options;
  const { x } = minimizeLbfgs(
    (parameters, gradient) => {
      const unpenalized = loss(parameters, gradient);
      let squares = 0;
      for (let i = 0; i < size; i++) {
        if (isBias(i)) continue;
        const value = parameters[i]!;
        squares += value * value;
        gradient[i] = gradient[i]! + scale(value);
      }
      return unpenalized + scale(squares) / 2;
    },
    start?.slice() ?? new Float64Array(size),
    rest,
  );
  return x;
}

export interface LogisticRegressionOptions {
  /** Inverse strength of the L2 penalty, scikit-learn's C. Default 1. */
  readonly c?: number;
  /** Stops where the largest part of the mean loss's gradient is below this. Default 1e-5. */
  readonly tolerance?: number;
  /** Default 200. */
  readonly maxIterations?: number;
  /** For two classes: fit one row of weights, whose scores are the log odds of the second class. Default: one row per class. */
  readonly logOdds?: boolean;
}

/**
 * Multinomial logistic regression with an L2 penalty: minimizes C x the sum of cross-entropies + |weights|^2 / 2, with the
 * coefficients of scikit-learn's LogisticRegression. (For two classes scikit-learn has the `logOdds` form, whose weights are
 * the difference of the two rows.)
 * @param features `[N,F]` row by row
 * @param targets `[N,K]` row by row: each row's class probabilities times the row's weight in the loss; for labels, use
 * {@link oneHot}
 * @param classes K
 */
export function fitLogisticRegression(
  features: Float64Array,
  targets: Float64Array,
  classes: number,
  { c = 1, tolerance = 1e-5, maxIterations = 200, logOdds = false }: LogisticRegressionOptions = {},
): LinearModel {
  const length = targets.length / classes;
  const inputs = features.length / length;
  const outputs = logOdds ? 1 : classes;
  const lossOfRow = logOdds ? binaryCrossEntropy : crossEntropy;
  const total = targets.reduce((sum, target) => sum + target, 0);
  const scores = new Float64Array(outputs);
  const errors = new Float64Array(outputs);
  // Parameters are the weights of each score followed by its bias.
  const stride = inputs + 1;
  const meanLoss: ValueAndGradient = (parameters, gradient) => {
    gradient.fill(0);
    let loss = 0;
    for (let row = 0; row < length; row++) {
      const start = row * inputs;
      for (let k = 0; k < outputs; k++) {
        scores[k] = scoreOf(
          parameters,
          k * stride,
          parameters[k * stride + inputs]!,
          features,
          start,
          inputs,
        );
      }
      loss += lossOfRow(scores, targets, row * classes, errors);
      for (let k = 0; k < outputs; k++) {
        const error = errors[k]! / total;
        const at = k * stride;
        for (let f = 0; f < inputs; f++) gradient[at + f] = gradient[at + f]! + error * features[start + f]!;
        gradient[at + inputs] = gradient[at + inputs]! + error;
      }
    }
    return loss / total;
  };
  // Two rows of weights that are each other's negative have half the squares of their difference.
  const strength = (outputs === 2 ? 2 : 1) / (c * total);
  const parameters = minimizePenalized(meanLoss, {
    size: outputs * stride,
    isBias: (index) => index % stride === inputs,
    scale: (value) => strength * value,
    tolerance,
    maxIterations,
  });
  return {
    weights: parameters.filter((_, i) => i % stride !== inputs),
    bias: parameters.filter((_, i) => i % stride === inputs),
  };
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
  const result = new Float64Array((features.length / inputs) * outputs);
  for (let i = 0; i < result.length; i++) {
    const k = i % outputs;
    result[i] = scoreOf(weights, k * inputs, bias[k]!, features, Math.floor(i / outputs) * inputs, inputs);
  }
  return result;
}

/** `[N,F] -> [N,K]`: softmax of the model's scores. */
export function linearProbabilities(model: LinearModel, features: Float64Array): Float64Array {
  const width = model.bias.length;
  const result = linearScores(model, features);
  for (let start = 0; start < result.length; start += width) {
    const row = result.subarray(start, start + width);
    const logTotal = logSumExp(row);
    for (let k = 0; k < width; k++) row[k] = Math.exp(row[k]! - logTotal);
  }
  return result;
}

/** The bias plus the weights from `at` on times the features from `start` on. */
function scoreOf(
  weights: Float64Array,
  at: number,
  bias: number,
  features: Float64Array,
  start: number,
  inputs: number,
): number {
  let score = bias;
  for (let f = 0; f < inputs; f++) score += weights[at + f]! * features[start + f]!;
  return score;
}

/** Loss of one row's scores, whose targets are those from `start` on; its gradient is written into `slopes`. */
type LossOfRow = (
  scores: Float64Array,
  targets: ArrayLike<number>,
  start: number,
  slopes: Float64Array,
) => number;

/** Cross-entropy of the softmax of K scores. The targets of a row sum to its weight. */
export const crossEntropy: LossOfRow = (scores, targets, start, slopes) => {
  const logTotal = logSumExp(scores);
  let weight = 0;
  let expected = 0;
  for (let k = 0; k < scores.length; k++) {
    weight += targets[start + k]!;
    expected += targets[start + k]! * scores[k]!;
  }
  for (let k = 0; k < scores.length; k++) {
    slopes[k] = weight * Math.exp(scores[k]! - logTotal) - targets[start + k]!;
  }
  return weight * logTotal - expected;
};

const binaryCrossEntropy: LossOfRow = (scores, targets, start, slopes) => {
  const score = scores[0]!;
  const second = targets[start + 1]!;
  const weight = targets[start]! + second;
  slopes[0] = weight / (1 + Math.exp(-score)) - second;
  // log(1 + exp(score)), without overflow.
  const logTotal = Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score)));
  return weight * logTotal - second * score;
};
