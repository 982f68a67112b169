import { quantile } from '@podium/core';
import { z } from 'zod';
import { defineLabelMethod, type LabelMethod, type LabelMethodEntry, methodSettings } from '../method.ts';
import { rankByClass, selectAbove, UNREACHABLE } from '../select-rows.ts';

const NAME = 'curriculum';

const percent = z.number().min(0.01).max(100);

const settings = z.strictObject({
  start: percent.optional().describe('Percentage of the rows that round 1 accepts. Default: `step`.'),
  step: percent.default(20).describe('Percentage of the rows that each further round adds.'),
  max: percent.default(100).describe('Percentage of the rows that no round exceeds.'),
  balanced: z
    .boolean()
    .default(false)
    .describe("Accept this percentage of each class's rows instead of all rows; the paper does not."),
});

export type CurriculumOptions = z.input<typeof settings>;

/**
 * Curriculum labeling (Cascante-Bonilla et al., AAAI 2021): round r accepts the most confident r x 20 % of the rows, whatever
 * their confidence, and each round's student is trained from scratch. The threshold is the percentile of the rows'
 * confidence, as in numpy.percentile. `balanced` accepts the most confident share of each class, so that easy classes do not
 * crowd out the others: class-balanced self-training (Zou et al., ECCV 2018), whose schedule is start 20, step 5, max 50.
 */
export function curriculum(options: CurriculumOptions = {}): LabelMethod {
  const { step, max, balanced, start = step } = methodSettings(NAME, settings, options);
  return defineLabelMethod({
    name: NAME,
    // Tolerates rounding: 20 + 0.1 + 0.1 + ... is never exact.
    rounds: 1 + Math.max(0, Math.ceil((max - start) / step - 1e-9)),
    target: 'hard',
    select: ({ candidates, round }) => {
      const share = Math.min(max, start + step * (round - 1)) / 100;
      const { classes, confidence } = candidates;
      const thresholdOf = (rows: readonly number[]) =>
        rows.length === 0
          ? UNREACHABLE
          : quantile(
              rows.map((row) => confidence[row]!).sort((a, b) => a - b),
              Math.max(0, 1 - share),
            );
      const ranked = rankByClass(candidates);
      const overall = balanced ? UNREACHABLE : thresholdOf(ranked.flat());
      const thresholds = balanced ? ranked.map(thresholdOf) : classes.map(() => overall);
      return { rows: selectAbove(candidates, thresholds), thresholds };
    },
  });
}

export const entry: LabelMethodEntry = {
  name: NAME,
  summary:
    'Hard labels for the most confident 20 % of the rows, then 40 %, and so on; of all rows or of each class.',
  settings,
  parse: (given) => curriculum(given as CurriculumOptions),
};
