import { z } from 'zod';
import { checkOutOfFold } from '../check-out-of-fold.ts';
import { defineLabelMethod, type LabelMethod, type LabelMethodEntry, methodSettings } from '../method.ts';
import { rankByClass, selectAbove, UNREACHABLE, weightsSetting } from '../select-rows.ts';

const NAME = 'target-precision';

const settings = z.strictObject({
  precision: z
    .number()
    .min(0.01)
    .max(1)
    .default(0.95)
    .describe("Share of a class's labels that should be correct."),
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
 * correct. A class without such a threshold accepts no rows. The thresholds are fitted to these rows, so the precision
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
          precision,
          minRows,
        ),
      );
      return { rows: selectAbove(candidates, thresholds, weights), thresholds };
    },
  });
  return method;
}

/**
 * @param confidence descending
 * @param correct whether each of these rows is predicted correctly
 */
function lowestThreshold(
  confidence: readonly number[],
  correct: readonly boolean[],
  precision: number,
  minRows: number,
): number {
  let count = 0;
  let lowest = UNREACHABLE;
  for (let i = 0; i < confidence.length; i++) {
    count += Number(correct[i]);
    // A threshold accepts all rows with equal confidence, so it cannot lie between two of them.
    if (confidence[i] === confidence[i + 1]) continue;
    if (i + 1 >= minRows && count >= precision * (i + 1)) lowest = confidence[i]!;
  }
  return lowest;
}

export const entry: LabelMethodEntry = {
  name: NAME,
  summary: 'Hard labels above the thresholds at which enough out-of-fold rows of each class were correct.',
  settings,
  parse: (given) => targetPrecision(given as TargetPrecisionOptions),
};
