import type { Candidates } from '../candidates.ts';
import { defineLabelMethod, type LabelMethod, type LabelMethodEntry } from '../method.ts';
import { atLeast, WEIGHTINGS, type Weighting } from '../support/choose.ts';
import { readSettings } from '../support/settings.ts';

export interface SoftLabelsOptions {
  /** Of the targets: p^(1 / T), below 1 sharper, above 1 softer, as in distillation. Default 1. */
  readonly temperature?: number;
  /** No row below this confidence (before the temperature) is taken, in [0, 1]. Default 0: all rows. */
  readonly threshold?: number;
  /** Default: equal. */
  readonly weights?: Weighting;
}

/**
 * The teachers' probabilities as targets (Hinton et al., Distilling the Knowledge in a Neural Network, 2015): what a
 * teacher is unsure of stays unsure, so no threshold is needed. The temperature changes targets only; a row's confidence
 * stays the calibrated one.
 */
export function softLabels(settings: SoftLabelsOptions = {}): LabelMethod {
  const reader = readSettings('method "soft-labels"', settings);
  const temperature = reader.number('temperature', 1, 0.01, 100);
  const threshold = reader.number('threshold', 0, 0, 1);
  const weights = reader.choice('weights', 'equal', WEIGHTINGS);
  reader.end();
  return defineLabelMethod({
    name: entry.name,
    target: (candidates) => withTemperature(candidates, temperature),
    choose: ({ candidates }) => {
      const thresholds = candidates.classes.map(() => threshold);
      return { rows: atLeast(candidates, thresholds, weights), thresholds };
    },
  });
}

function withTemperature({ probabilities, classes }: Candidates, temperature: number): Float64Array {
  if (temperature === 1) return probabilities;
  const width = classes.length;
  const result = new Float64Array(probabilities.length);
  for (let from = 0; from < result.length; from += width) {
    const row = probabilities.subarray(from, from + width);
    // Relative to the largest: its power is 1, so that no row sinks to 0 as a whole.
    const largest = Math.max(...row);
    let sum = 0;
    row.forEach((value, k) => {
      const power = (value / largest) ** (1 / temperature);
      result[from + k] = power;
      sum += power;
    });
    for (let k = 0; k < width; k++) result[from + k] = result[from + k]! / sum;
  }
  return result;
}

export const entry: LabelMethodEntry = {
  name: 'soft-labels',
  summary: "The teachers' probabilities as targets, sharper or softer by a temperature.",
  parse: (settings) => softLabels(settings!),
};
