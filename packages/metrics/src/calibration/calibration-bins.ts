import { fail } from '@podium/core';
import type { ScoredRows } from '../scored-rows.ts';

export interface CalibrationOptions {
  /** Number of bins. Default 15, as in Guo et al. 2017. */
  readonly bins?: number;
  /** Bins of equal weight instead of equal width. Default: false. */
  readonly adaptive?: boolean;
}

/** Sums over the rows of each bin, `[bins]`: weight, weight times confidence, weight of correct rows. */
export interface CalibrationBins {
  readonly weight: Float64Array;
  readonly confidence: Float64Array;
  readonly right: Float64Array;
}

export function checkBins({ bins = 15, adaptive = false }: CalibrationOptions): Required<CalibrationOptions> {
  if (!Number.isInteger(bins) || bins < 1) {
    fail({ code: 'metric-option', path: { key: 'bins' }, expected: 'an integer >= 1', got: String(bins) });
  }
  return { bins, adaptive };
}

/** Sorts single-label rows into bins by the probability of their predicted class. Each call overwrites the result of the one before. */
export function prepareCalibration(
  { probabilities, predicted, truth, classes, length }: ScoredRows,
  { bins, adaptive }: Required<CalibrationOptions>,
): (weights: Float64Array) => CalibrationBins {
  const width = classes.length;
  const confidences = Float64Array.from(predicted, (k, row) => probabilities[row * width + k]!);
  const sums = {
    weight: new Float64Array(bins),
    confidence: new Float64Array(bins),
    right: new Float64Array(bins),
  };
  const add = (bin: number, weight: number, confidence: number, right: number) => {
    sums.weight[bin] = sums.weight[bin]! + weight;
    sums.confidence[bin] = sums.confidence[bin]! + weight * confidence;
    sums.right[bin] = sums.right[bin]! + right;
  };
  const order = Uint32Array.from({ length }, (_, row) => row);
  if (adaptive) order.sort((a, b) => confidences[a]! - confidences[b]! || a - b);
  const isRight = (row: number) => truth[row] === predicted[row];

  const byWidth = (weights: Float64Array) => {
    for (let row = 0; row < length; row++) {
      const confidence = confidences[row]!;
      const weight = weights[row]!;
      // A bin includes its upper edge; the first one also its lower edge.
      add(
        Math.min(Math.max(Math.ceil(confidence * bins) - 1, 0), bins - 1),
        weight,
        confidence,
        isRight(row) ? weight : 0,
      );
    }
  };
  const byWeight = (weights: Float64Array) => {
    const share = order.reduce((sum, row) => sum + weights[row]!, 0) / bins;
    let before = 0;
    for (let start = 0; start < length; ) {
      // Rows of equal confidence form a block, which is cut at the edges of bins. So the result depends neither on the
      // order of rows nor on whether a row occurs twice or has weight 2.
      const confidence = confidences[order[start]!]!;
      let block = 0;
      let right = 0;
      for (; start < length && confidences[order[start]!] === confidence; start++) {
        const row = order[start]!;
        block += weights[row]!;
        if (isRight(row)) right += weights[row]!;
      }
      for (let left = block; left > 0; ) {
        const bin = Math.min(Math.floor(before / share + 1e-9), bins - 1);
        const part = bin === bins - 1 ? left : Math.min(left, (bin + 1) * share - before);
        add(bin, part, confidence, (right * part) / block);
        before += part;
        left -= part;
      }
    }
  };
  const fill = adaptive ? byWeight : byWidth;
  return (weights) => {
    for (const array of Object.values(sums)) array.fill(0);
    fill(weights);
    return sums;
  };
}
