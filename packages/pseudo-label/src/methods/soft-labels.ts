import { z } from 'zod';
import type { Candidates } from '../mean-of-teachers.ts';
import { defineLabelMethod, type LabelMethod, type LabelMethodEntry, methodSettings } from '../method.ts';
import { selectAbove, weightsSetting } from '../select-rows.ts';

const NAME = 'soft-labels';

const settings = z.strictObject({
  temperature: z
    .number()
    .min(0.01)
    .max(100)
    .default(1)
    .describe('Targets are p^(1 / temperature): below 1 sharper, above 1 softer, as in distillation.'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Lowest accepted confidence, before the temperature is applied.'),
  weights: weightsSetting,
});

export type SoftLabelsOptions = z.input<typeof settings>;

/**
 * The teachers' probabilities as targets (Hinton et al., Distilling the Knowledge in a Neural Network, 2015). Targets keep the
 * teachers' uncertainty, so no threshold is needed. The temperature changes only the targets; a row's confidence remains
 * calibrated.
 */
export function softLabels(options: SoftLabelsOptions = {}): LabelMethod {
  const { temperature, threshold, weights } = methodSettings(NAME, settings, options);
  return defineLabelMethod({
    name: NAME,
    target: (candidates) => withTemperature(candidates, temperature),
    select: ({ candidates }) => {
      const thresholds = candidates.classes.map(() => threshold);
      return { rows: selectAbove(candidates, thresholds, weights), thresholds };
    },
  });
}

function withTemperature({ probabilities, classes }: Candidates, temperature: number): Float64Array {
  if (temperature === 1) return probabilities;
  const width = classes.length;
  const result = new Float64Array(probabilities.length);
  for (let start = 0; start < result.length; start += width) {
    const row = probabilities.subarray(start, start + width);
    // Relative to the largest, whose power is 1, so that no row underflows to 0.
    const largest = Math.max(...row);
    let sum = 0;
    row.forEach((value, k) => {
      const power = (value / largest) ** (1 / temperature);
      result[start + k] = power;
      sum += power;
    });
    for (let k = 0; k < width; k++) result[start + k] = result[start + k]! / sum;
  }
  return result;
}

export const entry: LabelMethodEntry = {
  name: NAME,
  summary: "The teachers' probabilities as targets, made sharper or softer by a temperature.",
  settings,
  parse: (given) => softLabels(given as SoftLabelsOptions),
};
