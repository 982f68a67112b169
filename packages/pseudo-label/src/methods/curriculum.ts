import { defineLabelMethod, type LabelMethod, type LabelMethodEntry } from '../method.ts';
import { atLeast, NONE, rankedByClass } from '../support/choose.ts';
import { quantile } from '../support/quantile.ts';
import { readSettings } from '../support/settings.ts';

export interface CurriculumOptions {
  /** Percent of the rows that round 1 takes, above 0. Default: `step`. */
  readonly start?: number;
  /** Percent of the rows that every later round takes more. Default 20. */
  readonly step?: number;
  /** Percent of the rows that no round exceeds. Default 100. */
  readonly most?: number;
  /** Take that share of every class's rows, rather than of all rows. Default: false, as in the paper. */
  readonly balanced?: boolean;
}

/**
 * Curriculum labeling (Cascante-Bonilla et al., AAAI 2021): round r takes the surest r x 20 % of the rows, whatever their
 * confidence, and every round's student starts anew. The threshold is the percentile of the rows' confidence, as
 * numpy.percentile has it. `balanced` takes the surest share of each class, so that classes that are easy do not crowd out
 * the others: class-balanced self-training (Zou et al., ECCV 2018), whose schedule is start 20, step 5, most 50.
 */
export function curriculum(settings: CurriculumOptions = {}): LabelMethod {
  const reader = readSettings('method "curriculum"', settings);
  const step = reader.number('step', 20, 0.01, 100);
  const start = reader.number('start', step, 0.01, 100);
  const most = reader.number('most', 100, 0.01, 100);
  const balanced = reader.boolean('balanced', false);
  reader.end();
  return defineLabelMethod({
    name: entry.name,
    // Less a hair, since 20 + 0.1 + 0.1 + ... never is the number that it should be.
    rounds: 1 + Math.max(0, Math.ceil((most - start) / step - 1e-9)),
    target: 'hard',
    choose: ({ candidates, round }) => {
      const share = Math.min(most, start + step * (round - 1)) / 100;
      const { classes, confidence } = candidates;
      const cut = (rows: readonly number[]) =>
        rows.length === 0
          ? NONE
          : quantile(rows.map((row) => confidence[row]!).sort(ascending), Math.max(0, 1 - share));
      const ranked = rankedByClass(candidates);
      const together = balanced ? NONE : cut(ranked.flat());
      const thresholds = balanced ? ranked.map(cut) : classes.map(() => together);
      return { rows: atLeast(candidates, thresholds), thresholds };
    },
  });
}

function ascending(a: number, b: number): number {
  return a - b;
}

export const entry: LabelMethodEntry = {
  name: 'curriculum',
  summary: 'Hard labels of the surest 20 % of the rows, then 40 %, and so on; of all rows or of each class.',
  parse: (settings) => curriculum(settings!),
};
