import type { ScoredRows } from '../scored-rows.ts';

/** Weights of rows by class, `[K]` each. */
export interface Tallies {
  /** True and predicted: true positives. */
  readonly hit: Float64Array;
  readonly predicted: Float64Array;
  readonly actual: Float64Array;
}

/** Counts by class, for single-label and multi-label rows. Each call overwrites the result of the one before. */
export function prepareTallies({
  truth,
  predicted: guesses,
  classes,
  task,
}: ScoredRows): (weights: Float64Array) => Tallies {
  const width = classes.length;
  const hit = new Float64Array(width);
  const predicted = new Float64Array(width);
  const actual = new Float64Array(width);
  const addSingleLabel = (weights: Float64Array) => {
    for (let row = 0; row < truth.length; row++) {
      const weight = weights[row]!;
      const label = truth[row]!;
      const guess = guesses[row]!;
      actual[label] = actual[label]! + weight;
      predicted[guess] = predicted[guess]! + weight;
      if (label === guess) hit[label] = hit[label]! + weight;
    }
  };
  const addMultiLabel = (weights: Float64Array) => {
    for (let i = 0; i < truth.length; i++) {
      const weight = weights[Math.floor(i / width)]!;
      const k = i % width;
      actual[k] = actual[k]! + weight * truth[i]!;
      predicted[k] = predicted[k]! + weight * guesses[i]!;
      hit[k] = hit[k]! + weight * truth[i]! * guesses[i]!;
    }
  };
  const add = task === 'single-label' ? addSingleLabel : addMultiLabel;
  return (weights) => {
    for (const array of [hit, predicted, actual]) array.fill(0);
    add(weights);
    return { hit, predicted, actual };
  };
}
