import type { ScoredRows } from '../scored-rows.ts';

/** Weights of a class's rows, `[K]` each: rightly predicted, predicted, true. */
export interface Tallies {
  readonly hit: Float64Array;
  readonly predicted: Float64Array;
  readonly actual: Float64Array;
}

/** Counts per class, for single-label and multi-label alike. The result of a call is overwritten by the next one. */
export function prepareTallies(rows: ScoredRows): (weights: Float64Array) => Tallies {
  const { truth, decided, length } = rows;
  const width = rows.classes.length;
  const tallies = {
    hit: new Float64Array(width),
    predicted: new Float64Array(width),
    actual: new Float64Array(width),
  };
  const { hit, predicted, actual } = tallies;
  const add = (array: Float64Array, k: number, weight: number) => {
    array[k] = array[k]! + weight;
  };
  const addSingle = (row: number, weight: number) => {
    const t = truth[row]!;
    const d = decided[row]!;
    add(actual, t, weight);
    add(predicted, d, weight);
    if (t === d) add(hit, t, weight);
  };
  const addMulti = (row: number, weight: number) => {
    for (let k = 0; k < width; k++) {
      const t = truth[row * width + k] === 1;
      const d = decided[row * width + k] === 1;
      if (t) add(actual, k, weight);
      if (d) add(predicted, k, weight);
      if (t && d) add(hit, k, weight);
    }
  };
  const addRow = rows.task === 'single-label' ? addSingle : addMulti;
  return (weights) => {
    for (const array of [hit, predicted, actual]) array.fill(0);
    for (let row = 0; row < length; row++) {
      const weight = weights[row]!;
      if (weight !== 0) addRow(row, weight);
    }
    return tallies;
  };
}
