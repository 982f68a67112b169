import type { ScoredRows } from './scored-rows.ts';
import { classScores, FRACTIONS } from './support/class-average.ts';
import { prepareTallies } from './support/tallies.ts';

/** How one class fares. */
export interface ClassScores {
  readonly name: string;
  /** Weight of the rows that are truly of it: their number, where no weights were given. */
  readonly support: number;
  /** Weight of the rows predicted as it; 0 is a class that is never predicted. */
  readonly predicted: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * Precision, recall and F1 of every class, in the classes' order; scikit-learn's precision_recall_fscore_support with
 * average=None over all classes.
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
