import { fail, type ScoredRows } from '../scored-rows.ts';

export interface CalibrationOptions {
  /** Default 15, as Guo et al. 2017. */
  readonly bins?: number;
  /** Bins of equal weight instead of equal width. Default: false. */
  readonly adaptive?: boolean;
}

/** Sums over the rows of each bin, `[bins]`: weight, weight times confidence, weight of rows that are right. */
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

/** Puts single-label rows into bins by the probability of their decided class. The result is overwritten by the next call. */
export function prepareCalibration(
  { probabilities, decided, truth, classes, length }: ScoredRows,
  { bins, adaptive }: Required<CalibrationOptions>,
): (weights: Float64Array) => CalibrationBins {
  const width = classes.length;
  const confident = Float64Array.from(decided, (k, row) => probabilities[row * width + k]!);
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
  if (adaptive) order.sort((a, b) => confident[a]! - confident[b]! || a - b);
  const isRight = (row: number) => truth[row] === decided[row];

  const byWidth = (weights: Float64Array) => {
    for (let row = 0; row < length; row++) {
      const confidence = confident[row]!;
      const weight = weights[row]!;
      // A bin holds its upper edge, the first one its lower edge too.
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
      // Rows of equal confidence are one block, and a block across an edge is cut there: neither the order of rows nor
      // writing a row twice instead of giving it weight 2 changes anything.
      const confidence = confident[order[start]!]!;
      let block = 0;
      let right = 0;
      for (; start < length && confident[order[start]!] === confidence; start++) {
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
