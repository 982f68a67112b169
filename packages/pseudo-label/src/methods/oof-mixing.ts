import { compareCodeUnits } from '@podium/core';
import { z } from 'zod';
import { checkOutOfFold } from '../check-out-of-fold.ts';
import { meanOfTeachers } from '../mean-of-teachers.ts';
import { type LabelMethod, type LabelMethodEntry, methodSettings } from '../method.ts';
import type { PseudoLabel } from '../pseudo-label-set.ts';

const NAME = 'oof-mixing';

const settings = z.strictObject({
  share: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('Share of the out-of-fold prediction in the target; the true label has the rest.'),
});

export type OofMixingOptions = z.input<typeof settings>;

/**
 * Softer labels for labeled rows: 3 parts out-of-fold prediction and 7 parts true label, with which the winner of Plant
 * Pathology 2020 distilled models into themselves to handle doubtful labels. Adds no rows.
 *
 * Mind the folds: the usual out-of-fold prediction of a row of fold j comes from a model that was trained on all other
 * folds, including k, so a student that is validated on fold k must not learn from it. It needs predictions of models that
 * were trained without both j and k; `softenRows` rejects others.
 */
export function oofMixing(options: OofMixingOptions = {}): LabelMethod {
  const { share } = methodSettings(NAME, settings, options);
  const method: LabelMethod = {
    name: NAME,
    of: 'labeled',
    rounds: 1,
    candidates: meanOfTeachers,
    label: ({ head, outOfFold, classes = outOfFold?.members[0]?.classes ?? [], round = 1 }) => {
      const { candidates, truth } = checkOutOfFold(NAME, method, outOfFold, classes);
      const width = classes.length;
      const counts = classes.map(() => 0);
      const labels = candidates.ids.map((id, row): PseudoLabel => {
        const label = truth[row]!;
        const soft = Array.from(
          candidates.probabilities.subarray(row * width, (row + 1) * width),
          (value, k) => share * value + (1 - share) * Number(k === label),
        );
        counts[label] = counts[label]! + 1;
        const confidence = Math.min(1, soft[label]!);
        return { id, head, label: classes[label]!, soft, confidence, weight: 1, copies: 1 };
      });
      return {
        method: NAME,
        head,
        classes,
        round,
        labels: labels.sort((a, b) => compareCodeUnits(a.id, b.id)),
        thresholds: classes.map(() => 0),
        counts: counts.map((count) => ({ candidates: count, accepted: count, copies: count })),
        warnings: [],
      };
    },
  };
  return method;
}

export const entry: LabelMethodEntry = {
  name: NAME,
  summary: 'Softens the labels of labeled rows: 3 parts out-of-fold prediction, 7 parts true label.',
  settings,
  parse: (given) => oofMixing(given as OofMixingOptions),
};
