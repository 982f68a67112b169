import { z } from 'zod';
import { checkOutOfFold } from '../check-out-of-fold.ts';
import type { Candidates } from '../mean-of-teachers.ts';
import { defineLabelMethod, type LabelMethod, type LabelMethodEntry, methodSettings } from '../method.ts';
import { rankByClass, selectAbove, UNREACHABLE, weightsSetting } from '../select-rows.ts';
import { successionRate } from '../succession-rate.ts';

const NAME = 'target-precision';

const settings = z.strictObject({
  precision: z
    .number()
    .min(0.01)
    .lt(1)
    .default(0.95)
    .describe(
      "Share of a class's labels that should be correct. 0.95 takes 18 right rows of 18, by Laplace's rule.",
    ),
  minRows: z
    .int()
    .min(1)
    .max(1e6)
    .default(10)
    .describe('Fewest out-of-fold rows on which the threshold of a class may be based.'),
  weights: weightsSetting,
});

export type TargetPrecisionOptions = z.input<typeof settings>;

/**
 * Hard labels above one threshold per class: the lowest at which enough of the teachers' out-of-fold rows of that class were
 * correct, by the rule of succession (see `successionRate`), so that a few right rows are not enough. The rows of a group
 * count as one. A class without such a threshold accepts no rows. The thresholds are fitted to these rows, so the precision
 * reached on them is somewhat optimistic, the more so the fewer rows there are.
 */
export function targetPrecision(options: TargetPrecisionOptions = {}): LabelMethod {
  const { precision, minRows, weights } = methodSettings(NAME, settings, options);
  const method = defineLabelMethod({
    name: NAME,
    target: 'hard',
    select: ({ candidates, outOfFold }) => {
      const labeled = checkOutOfFold(NAME, method, outOfFold, candidates.classes);
      const { confidence, top } = labeled.candidates;
      const thresholds = rankByClass(labeled.candidates).map((rows) =>
        lowestThreshold(
          rows.map((row) => confidence[row]!),
          rows.map((row) => labeled.truth[row] === top[row]),
          rows.map((row) => labeled.groups?.[row] ?? labeled.candidates.ids[row]!),
          precision,
          minRows,
        ),
      );
      return {
        rows: selectAbove(candidates, thresholds, weights),
        thresholds,
        warnings: noThreshold(candidates, thresholds, precision),
      };
    },
  });
  return method;
}

/**
 * @param confidence descending
 * @param correct whether each of these rows is predicted correctly
 * @param units the group of each row
 */
function lowestThreshold(
  confidence: readonly number[],
  correct: readonly boolean[],
  units: readonly string[],
  precision: number,
  minRows: number,
): number {
  let count = 0;
  let lowest = UNREACHABLE;
  const seen = new Set<string>();
  for (let i = 0; i < confidence.length; i++) {
    count += Number(correct[i]);
    seen.add(units[i]!);
    // A threshold accepts all rows with equal confidence, so it cannot lie between two of them.
    if (confidence[i] === confidence[i + 1]) continue;
    const share = count / (i + 1);
    if (i + 1 >= minRows && successionRate(share * seen.size, seen.size) >= precision - ROUNDING)
      lowest = confidence[i]!;
  }
  return lowest;
}

const ROUNDING = 1e-12;

/** Says for which classes that are predicted no threshold will do. */
function noThreshold(
  { classes, top }: Candidates,
  thresholds: readonly number[],
  precision: number,
): string[] {
  const predicted = new Set(top);
  const without = classes.filter((_, k) => thresholds[k] === UNREACHABLE && predicted.has(k));
  if (without.length === 0) return [];
  const names = without.slice(0, 5).map((name) => JSON.stringify(name));
  const more = without.length > names.length ? `, and ${without.length - names.length} more` : '';
  // Right rows that reach this precision: (n + 1) / (n + 2).
  const needed = Math.max(1, Math.ceil((2 * precision - 1) / (1 - precision) - ROUNDING));
  return [
    `no labels of ${names.join(', ')}${more}: no threshold has shown a precision of ${precision} on out-of-fold rows, which takes at least ${needed} right rows of a class; lower "precision", or choose another method`,
  ];
}

export const entry: LabelMethodEntry = {
  name: NAME,
  summary: 'Hard labels above the thresholds at which enough out-of-fold rows of each class were correct.',
  settings,
  parse: (given) => targetPrecision(given as TargetPrecisionOptions),
};
