import { meanOfTeachers } from '../candidates.ts';
import type { PseudoLabel } from '../labels.ts';
import type { LabelMethod, LabelMethodEntry } from '../method.ts';
import { checkOutOfFold } from '../out-of-fold.ts';
import { byText } from '../support/order.ts';
import { readSettings } from '../support/settings.ts';

export interface OofMixingOptions {
  /** Of the out-of-fold prediction, in [0, 1]; the true label has the rest. Default 0.3. */
  readonly share?: number;
}

/**
 * Softer labels for labeled rows: 3 parts out-of-fold prediction and 7 parts true label, as the winner of Plant Pathology
 * 2020 distilled its models into themselves where labels were doubtful. No row is added.
 *
 * Mind the folds: the usual out-of-fold prediction of a row of fold j comes from a model that saw every other fold, k too,
 * so a student that is validated on fold k must not learn from it. It takes predictions by models that saw neither j nor
 * k; `softenRows` refuses others.
 */
export function oofMixing(settings: OofMixingOptions = {}): LabelMethod {
  const reader = readSettings('method "oof-mixing"', settings);
  const share = reader.number('share', 0.3, 0, 1);
  reader.end();
  const method: LabelMethod = {
    name: entry.name,
    of: 'labeled',
    rounds: 1,
    candidates: meanOfTeachers,
    label: ({ head, outOfFold, classes = outOfFold?.members[0]?.classes ?? [], round = 1 }) => {
      const { known, truth } = checkOutOfFold(entry.name, method, outOfFold, classes);
      const width = classes.length;
      const counts = classes.map(() => 0);
      const labels = known.ids.map((id, row): PseudoLabel => {
        const own = truth[row]!;
        const soft = Array.from(
          known.probabilities.subarray(row * width, (row + 1) * width),
          (value, k) => share * value + (1 - share) * Number(k === own),
        );
        counts[own] = counts[own]! + 1;
        const confidence = Math.min(1, soft[own]!);
        return { id, head, label: classes[own]!, soft, confidence, weight: 1, copies: 1 };
      });
      return {
        method: entry.name,
        head,
        classes,
        round,
        labels: labels.sort((a, b) => byText(a.id, b.id)),
        thresholds: classes.map(() => 0),
        counts: counts.map((count) => ({ candidates: count, accepted: count, copies: count })),
        warnings: [],
      };
    },
  };
  return method;
}

export const entry: LabelMethodEntry = {
  name: 'oof-mixing',
  summary: 'Softens the labels of labeled rows: 3 parts out-of-fold prediction, 7 parts true label.',
  parse: (settings) => oofMixing(settings!),
};
