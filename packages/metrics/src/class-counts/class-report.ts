import type { ScoredRows } from '../scored-rows.ts';
import { classScores, FRACTIONS } from './class-average.ts';
import { prepareTallies } from './tallies.ts';

/** The scores of one class. */
export interface ClassScores {
  readonly name: string;
  /** Weight of its true rows; without weights, their number. */
  readonly support: number;
  /** Weight of the rows predicted as this class. */
  readonly predicted: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * Precision, recall and F1 of every class, in order; scikit-learn's precision_recall_fscore_support with average=None over
 * all classes.
 */
export function classReport(
  rows: ScoredRows,
  { zeroDivision = 0 }: { readonly zeroDivision?: number } = {},
): ClassScores[] {
  const tallies = prepareTallies(rows)(rows.weights);
  const precision = classScores(tallies, FRACTIONS.precision, zeroDivision);
  const recall = classScores(tallies, FRACTIONS.recall, zeroDivision);
  const f1 = classScores(tallies, FRACTIONS.f1, zeroDivision);
  return rows.classes.map((name, k) => ({
    name,
    support: tallies.actual[k]!,
    predicted: tallies.predicted[k]!,
    precision: precision[k]!,
    recall: recall[k]!,
    f1: f1[k]!,
  }));
}
