import { minimizeLbfgs } from '@podium/core';

/** A linear rule between two sides: a row's score is its product with the weights, plus the bias. */
export interface Logistic {
  /** `[D]` */
  readonly weights: Float64Array;
  readonly bias: number;
}

/**
 * Logistic regression with an L2 penalty, the numbers of scikit-learn's LogisticRegression(C): minimizes C x sum of losses +
 * |weights|^2 / 2; the bias is free.
 * @param features `[N, D]` row by row
 * @param sides `[N]` of 0 and 1
 */
export function fitLogistic(features: Float64Array, sides: Uint8Array, c: number): Logistic {
  const length = sides.length;
  const width = features.length / length;
  const penalty = 1 / (c * length);
  const { x } = minimizeLbfgs(
    (parameters, gradient) => {
      gradient.fill(0);
      let loss = 0;
      for (let row = 0; row < length; row++) {
        const from = row * width;
        let score = parameters[width]!;
        for (let d = 0; d < width; d++) score += parameters[d]! * features[from + d]!;
        const side = sides[row]!;
        // log(1 + exp(score)) - side x score, without overflow.
        loss += Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score))) - side * score;
        const error = (1 / (1 + Math.exp(-score)) - side) / length;
        for (let d = 0; d < width; d++) gradient[d] = gradient[d]! + error * features[from + d]!;
        gradient[width] = gradient[width]! + error;
      }
      let squares = 0;
      for (let d = 0; d < width; d++) {
        const weight = parameters[d]!;
        squares += weight * weight;
        gradient[d] = gradient[d]! + penalty * weight;
      }
      return loss / length + (penalty * squares) / 2;
    },
    new Float64Array(width + 1),
    { maxIterations: 300, tolerance: 1e-6 },
  );
  return { weights: x.slice(0, width), bias: x[width]! };
}

/** `[N]`: the rows' scores; above 0 speaks for side 1. */
export function logisticScores({ weights, bias }: Logistic, features: Float64Array): Float64Array {
  const width = weights.length;
  return Float64Array.from({ length: features.length / width }, (_, row) => {
    let score = bias;
    for (let d = 0; d < width; d++) score += weights[d]! * features[row * width + d]!;
    return score;
  });
}
