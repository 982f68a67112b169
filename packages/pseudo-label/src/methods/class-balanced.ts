import { z } from 'zod';
import { defineLabelMethod, type LabelMethod, type LabelMethodEntry, methodSettings } from '../method.ts';
import { rankByClass, weightsSetting } from '../select-rows.ts';

const NAME = 'class-balanced';

const settings = z.strictObject({
  perClass: z
    .int()
    .min(1)
    .max(1e9)
    .optional()
    .describe(
      'Rows per class. Default: the number of rows above the threshold in the smallest class that has any.',
    ),
  threshold: z.number().min(0).max(1).default(0).describe('Lowest accepted confidence.'),
  weights: weightsSetting,
});

export type ClassBalancedOptions = z.input<typeof settings>;

/** Hard labels for the same number of rows per class, the most confident ones, so that common classes do not dominate. */
export function classBalanced(options: ClassBalancedOptions = {}): LabelMethod {
  const { perClass, threshold, weights } = methodSettings(NAME, settings, options);
  return defineLabelMethod({
    name: NAME,
    target: 'hard',
    select: ({ candidates }) => {
      const ranked = rankByClass(candidates, threshold);
      const fewest = Math.min(...ranked.map((rows) => rows.length).filter((count) => count > 0));
      const taken = ranked.map((rows) => rows.slice(0, perClass ?? fewest));
      const confidence = (row: number) => candidates.confidence[row]!;
      return {
        rows: taken.flat().map((row) => ({ row, weight: weights === 'equal' ? 1 : confidence(row) })),
        // A class that accepted all its rows would have accepted further ones.
        thresholds: taken.map((rows, k) =>
          rows.length === ranked[k]!.length ? threshold : confidence(rows.at(-1)!),
        ),
      };
    },
  });
}

export const entry: LabelMethodEntry = {
  name: NAME,
  summary: 'Hard labels for the same number of rows per class, the most confident ones.',
  settings,
  parse: (given) => classBalanced(given as ClassBalancedOptions),
};
