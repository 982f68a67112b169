import { minimizeLbfgs } from '@podium/core';
import { logSumExp } from './members.ts';

export interface MultinomialOptions {
  /** The inverse strength of the penalty, scikit-learn's C: minimizes C x sum of losses + |weights|^2 / 2. */
  readonly c: number;
  readonly tolerance: number;
  readonly maxIterations: number;
}

export interface MultinomialModel {
  /** The classes that occurred, ascending; the others have probability 0. */
  readonly present: readonly number[];
  /** `[present, F]` row by row. */
  readonly weights: readonly number[];
  /** `[present]`, not penalized. */
  readonly bias: readonly number[];
}

/**
 * Multinomial logistic regression with an L2 penalty: the numbers of scikit-learn's LogisticRegression(C). For two classes
 * it has one column of weights, the difference of ours, whose penalty is twice that of the two.
 * @param features `[N, F]` row by row
 */
export function fitMultinomial(
  features: Float64Array,
  truth: Int32Array,
  { c, tolerance, maxIterations }: MultinomialOptions,
): MultinomialModel {
  const length = truth.length;
  const width = features.length / length;
  const present = [...new Set(truth)].sort((a, b) => a - b);
  const place = new Map(present.map((k, i) => [k, i]));
  const labels = Int32Array.from(truth, (k) => place.get(k)!);
  const count = present.length;
  const penalty = (count === 2 ? 2 : 1) / (c * length);
  const scores = new Float64Array(count);
  const { x } = minimizeLbfgs(
    (parameters, gradient) => {
      gradient.fill(0);
      let loss = 0;
      for (let row = 0; row < length; row++) {
        linear(parameters, features, row * width, width, scores);
        const total = logSumExp(scores);
        loss += total - scores[labels[row]!]!;
        for (let k = 0; k < count; k++) {
          const error = (Math.exp(scores[k]! - total) - Number(k === labels[row])) / length;
          const at = k * (width + 1);
          for (let f = 0; f < width; f++)
            gradient[at + f] = gradient[at + f]! + error * features[row * width + f]!;
          gradient[at + width] = gradient[at + width]! + error;
        }
      }
      let squares = 0;
      for (let i = 0; i < parameters.length; i++) {
        if (i % (width + 1) === width) continue;
        const value = parameters[i]!;
        squares += value * value;
        gradient[i] = gradient[i]! + penalty * value;
      }
      return loss / length + (penalty * squares) / 2;
    },
    new Float64Array(count * (width + 1)),
    { tolerance, maxIterations },
  );
  return {
    present,
    weights: [...x].filter((_, i) => i % (width + 1) !== width),
    bias: present.map((_, k) => x[k * (width + 1) + width]!),
  };
}

/** `[N, K]` probabilities over all `width` classes. */
export function applyMultinomial(
  { present, weights, bias }: MultinomialModel,
  features: Float64Array,
  length: number,
  width: number,
): Float64Array {
  const inputs = length === 0 ? 0 : features.length / length;
  const result = new Float64Array(length * width);
  const parameters = Float64Array.from(
    present.flatMap((_, k) => [...weights.slice(k * inputs, (k + 1) * inputs), bias[k]!]),
  );
  const scores = new Float64Array(present.length);
  for (let row = 0; row < length; row++) {
    linear(parameters, features, row * inputs, inputs, scores);
    const total = logSumExp(scores);
    present.forEach((k, i) => {
      result[row * width + k] = Math.exp(scores[i]! - total);
    });
  }
  return result;
}

/** Each class's row of parameters (weights, then bias) times the features from `at` on. */
function linear(
  parameters: Float64Array,
  features: Float64Array,
  at: number,
  width: number,
  scores: Float64Array,
): void {
  for (let k = 0; k < scores.length; k++) {
    const own = k * (width + 1);
    let sum = parameters[own + width]!;
    for (let f = 0; f < width; f++) sum += parameters[own + f]! * features[at + f]!;
    scores[k] = sum;
  }
}
