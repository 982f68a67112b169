import { defineLabelMethod, type LabelMethod, type LabelMethodEntry } from '../method.ts';
import { rankedByClass, WEIGHTINGS, type Weighting } from '../support/choose.ts';
import { readSettings } from '../support/settings.ts';

export interface ClassBalancedOptions {
  /** Rows a class. Default: as many as the class with fewest rows above the threshold has, classes without any aside. */
  readonly perClass?: number;
  /** No row below it is taken, in [0, 1]. Default 0. */
  readonly threshold?: number;
  /** Default: equal. */
  readonly weights?: Weighting;
}

/** Hard labels of the same number of rows a class, the surest of each: whatever is common does not take over. */
export function classBalanced(settings: ClassBalancedOptions = {}): LabelMethod {
  const reader = readSettings('method "class-balanced"', settings);
  const perClass = reader.integer('perClass', undefined, 1, 1e9);
  const threshold = reader.number('threshold', 0, 0, 1);
  const weights = reader.choice('weights', 'equal', WEIGHTINGS);
  reader.end();
  return defineLabelMethod({
    name: entry.name,
    target: 'hard',
    choose: ({ candidates: all }) => {
      const ranked = rankedByClass(all, threshold);
      const fewest = Math.min(...ranked.map((rows) => rows.length).filter((count) => count > 0));
      const taken = ranked.map((rows) => rows.slice(0, perClass ?? fewest));
      const confidence = (row: number) => all.confidence[row]!;
      return {
        rows: taken.flat().map((row) => ({ row, weight: weights === 'equal' ? 1 : confidence(row) })),
        // Where a class took all that it has, the next one would have been taken too.
        thresholds: taken.map((rows, k) =>
          rows.length === ranked[k]?.length ? threshold : confidence(rows.at(-1)!),
        ),
      };
    },
  });
}

export const entry: LabelMethodEntry = {
  name: 'class-balanced',
  summary: 'Hard labels of the same number of rows a class, the surest of each.',
  parse: (settings) => classBalanced(settings!),
};
