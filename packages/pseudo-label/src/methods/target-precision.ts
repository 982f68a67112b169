import { defineLabelMethod, type LabelMethod, type LabelMethodEntry } from '../method.ts';
import { checkOutOfFold } from '../out-of-fold.ts';
import { atLeast, NONE, rankedByClass, WEIGHTINGS, type Weighting } from '../support/choose.ts';
import { readSettings } from '../support/settings.ts';

export interface TargetPrecisionOptions {
  /** Share of a class's labels that should be right, in (0, 1]. Default 0.95. */
  readonly precision?: number;
  /** Out-of-fold rows that a class's threshold has to rest on. Default 10. */
  readonly leastRows?: number;
  /** Default: equal. */
  readonly weights?: Weighting;
}

/**
 * Hard labels above a threshold a class, each the lowest at which the teachers' out-of-fold rows of that class were right
 * often enough. A class that never is takes none. The thresholds are chosen on these rows, so the precision that they
 * reach there flatters a little, the more the fewer rows there are.
 */
export function targetPrecision(settings: TargetPrecisionOptions = {}): LabelMethod {
  const reader = readSettings('method "target-precision"', settings);
  const precision = reader.number('precision', 0.95, 0.01, 1);
  const leastRows = reader.integer('leastRows', 10, 1, 1e6);
  const weights = reader.choice('weights', 'equal', WEIGHTINGS);
  reader.end();
  const method = defineLabelMethod({
    name: entry.name,
    target: 'hard',
    choose: ({ candidates, outOfFold }) => {
      const { classes } = candidates;
      const { known, truth } = checkOutOfFold(entry.name, method, outOfFold, classes);
      const thresholds = rankedByClass(known).map((rows) => {
        const sure = rows.map((row) => known.confidence[row]!);
        const right = rows.map((row) => truth[row] === known.top[row]);
        return lowestThreshold(sure, right, precision, leastRows);
      });
      return { rows: atLeast(candidates, thresholds, weights), thresholds };
    },
  });
  return method;
}

/** @param sure descending, with `right` beside it */
function lowestThreshold(
  sure: readonly number[],
  right: readonly boolean[],
  precision: number,
  leastRows: number,
): number {
  let correct = 0;
  let lowest = NONE;
  for (let i = 0; i < sure.length; i++) {
    correct += Number(right[i]);
    // A threshold takes all rows that are equally sure, so it cannot lie between two of them.
    if (sure[i] === sure[i + 1]) continue;
    if (i + 1 >= leastRows && correct >= precision * (i + 1)) lowest = sure[i]!;
  }
  return lowest;
}

export const entry: LabelMethodEntry = {
  name: 'target-precision',
  summary: 'Hard labels above thresholds a class at which out-of-fold rows were right often enough.',
  parse: (settings) => targetPrecision(settings!),
};
