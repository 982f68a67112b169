import { choleskyInPlace, Rng, solveCholesky } from '@podium/core';
import { readValues } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { assignGroups } from './assign-groups.ts';
import {
  descend,
  INNER_FOLDS,
  indicesWhere,
  PROBE_STRENGTHS,
  type TriedStrength,
  USUAL,
} from './choose-strength.ts';
import type { FeatureMatrix } from './feature-matrix.ts';
import { type LinearProbe, probeLogits, standardize, statistics } from './linear-probe.ts';

/** Numbers that a ridge probe is fitted to. */
export interface RidgeTargets {
  /** `[R,K]` for the R rows. */
  readonly targets: Float32Array;
  /** `[R]`: weight of each row in the loss. */
  readonly weights: Float32Array;
  /** K */
  readonly columns: number;
}

/**
 * Fits ridge regression on standardized features, as scikit-learn's `Ridge` with `alpha = 1 / C`: minimizes `sum of squared
 * errors + |weight|^2 / C`, without a penalty on the bias.
 *
 * @param rows rows of the features to fit to
 * @param c inverse strength of the penalty
 *
 * @example
 * const probe = fitRidgeProbe(features, trainRows, { targets, weights, columns: 1 }, 0.01);
 * const numbers = probeLogits(probe, features, testRows);
 */
export function fitRidgeProbe(
  features: FeatureMatrix,
  rows: ArrayLike<number>,
  targets: RidgeTargets,
  c: number,
): LinearProbe {
  return createRidgeFitter(features, rows, targets)(c);
}

/** Prepares fits with several strengths to the same rows. */
function createRidgeFitter(
  features: FeatureMatrix,
  rows: ArrayLike<number>,
  { targets, weights, columns }: RidgeTargets,
): (c: number) => LinearProbe {
  const { width } = features;
  const count = rows.length;
  const { mean, std } = statistics(features, rows);
  const values = readValues(() => standardize(features, rows, mean, std));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const center = centerOf(values, width, weights, total);
  const middle = centerOf(targets, columns, weights, total);
  // Rows count by their weights: both sides are multiplied by the roots.
  const x = weighted(values, width, weights, center);
  const y = weighted(targets, columns, weights, middle);
  // As many unknowns as there are features or rows, whichever are fewer.
  const isWide = width > count;
  const size = isWide ? count : width;
  const gram = Float64Array.from(
    readValues(() => {
      const matrix = tf.tensor2d(x, [count, width]);
      return tf.matMul(matrix, matrix, !isWide, isWide);
    }),
  );
  const transposed = (other: Float64Array | Float32Array) =>
    readValues(() =>
      tf.matMul(
        tf.tensor2d(x, [count, width]),
        tf.tensor2d(Float32Array.from(other), [count, columns]),
        true,
      ),
    );
  const right = Float64Array.from(isWide ? y : transposed(y));
  return (c) => {
    const system = gram.slice();
    for (let i = 0; i < size; i++) system[i * size + i] = system[i * size + i]! + 1 / c;
    choleskyInPlace(system, size);
    const solved = right.slice();
    solveCholesky(system, size, solved);
    const weight = isWide ? Float32Array.from(transposed(solved)) : Float32Array.from(solved);
    const bias = Float64Array.from(middle);
    for (let f = 0; f < width; f++)
      for (let k = 0; k < columns; k++) bias[k] = bias[k]! - center[f]! * weight[f * columns + k]!;
    return { weight, bias: Float32Array.from(bias), mean, std };
  };
}

/** The weighted mean of each column of `[R,W]`. */
function centerOf(
  values: ArrayLike<number>,
  width: number,
  weights: Float32Array,
  total: number,
): Float64Array {
  const center = new Float64Array(width);
  for (let i = 0; i < values.length; i++)
    center[i % width] = center[i % width]! + (weights[Math.floor(i / width)]! * values[i]!) / total;
  return center;
}

function weighted(
  values: ArrayLike<number>,
  width: number,
  weights: Float32Array,
  center: Float64Array,
): Float32Array {
  return Float32Array.from(
    values,
    (value, i) => (value - center[i % width]!) * Math.sqrt(weights[Math.floor(i / width)]!),
  );
}

/**
 * Chooses a ridge probe's strength by the squared error of held-out groups, as `chooseStrength` does for classes.
 * @param search.groups one per row: rows of a group are held out together
 * @returns the best one, and those that were tried, by strength; the usual one where too few groups can be held out
 */
export function chooseRidgeStrength(search: {
  readonly features: FeatureMatrix;
  readonly rows: readonly number[];
  readonly targets: RidgeTargets;
  readonly groups: readonly string[];
  readonly judges?: (at: number) => boolean;
}): { readonly c: number; readonly tried: readonly TriedStrength[] } {
  const { features, rows, targets, groups, judges = () => true } = search;
  const { columns } = targets;
  const folds = assignGroups(groups, INNER_FOLDS, Rng.fromSeed(0).split('strength'));
  const parts = Array.from({ length: INNER_FOLDS }, (_, fold) => ({
    train: indicesWhere(folds, (own) => own !== fold),
    test: indicesWhere(folds, (own, at) => own === fold && judges(at)),
  })).filter(({ train, test }) => train.length > 1 && test.length > 0);
  if (parts.length < 2) return { c: USUAL, tried: [] };
  const fitters = parts.map(({ train }) =>
    createRidgeFitter(
      features,
      train.map((at) => rows[at]!),
      {
        columns,
        weights: Float32Array.from(train, (at) => targets.weights[at]!),
        targets: Float32Array.from({ length: train.length * columns }, (_, i) => {
          return targets.targets[train[Math.floor(i / columns)]! * columns + (i % columns)]!;
        }),
      },
    ),
  );
  const losses = new Map<number, number>();
  const lossAt = (index: number): number => {
    const known = losses.get(index);
    if (known !== undefined) return known;
    let [loss, weight] = [0, 0];
    for (const [i, { test }] of parts.entries()) {
      const predicted = probeLogits(
        fitters[i]!(PROBE_STRENGTHS[index]!),
        features,
        test.map((at) => rows[at]!),
      );
      for (const [to, at] of test.entries()) {
        const own = targets.weights[at]!;
        weight += own * columns;
        for (let k = 0; k < columns; k++)
          loss += own * (predicted[to * columns + k]! - targets.targets[at * columns + k]!) ** 2;
      }
    }
    losses.set(index, loss / weight);
    return loss / weight;
  };
  const best = descend(PROBE_STRENGTHS.indexOf(USUAL), PROBE_STRENGTHS.length, lossAt);
  const tried = [...losses].sort(([a], [b]) => a - b);
  return {
    c: PROBE_STRENGTHS[best]!,
    tried: tried.map(([index, loss]) => ({ c: PROBE_STRENGTHS[index]!, loss })),
  };
}
