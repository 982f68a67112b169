import { type Html, trusted } from '../page/html.ts';
import type { ReportData } from '../report-data.ts';
import type { PredictedSample, View } from '../view.ts';

/** Difference of two runs' scores, B minus A, from paired resampling. */
export interface ScoreDifference {
  readonly value: number;
  readonly interval?: { readonly low: number; readonly high: number };
}

/** Two runs. Their images share one book. */
export interface Pair {
  readonly a: View;
  readonly b: View;
  readonly difference: ScoreDifference | undefined;
}

/** A section of a comparison. */
export interface PairSection {
  readonly id: string;
  readonly title: string;
  render(pair: Pair): Html | undefined;
}

export const TAG_A: Html = trusted('<span class="tag" style="--c:var(--c0)">A</span>');
export const TAG_B: Html = trusted('<span class="tag" style="--c:var(--c1)">B</span>');

export function lowerIsBetter({ metric }: ReportData): boolean {
  return metric?.better === 'lower';
}

/** `up` if a change of the score is an improvement, `down` if it is not. */
export function directionOf(change: number, data: ReportData): 'up' | 'down' | '' {
  if (change === 0) return '';
  return change > 0 !== lowerIsBetter(data) ? 'up' : 'down';
}

/** Rows that both runs predicted and that have the same true class in both: `before` is A's row, `after` is B's. */
export function sharedRows({
  a,
  b,
}: Pair): { readonly before: PredictedSample; readonly after: PredictedSample }[] {
  const rowsOfB = new Map(b.rows.map((row) => [row.id, row]));
  return a.rows.flatMap((before) => {
    const after = rowsOfB.get(before.id);
    return after === undefined || a.classes[before.truth] !== b.classes[after.truth]
      ? []
      : [{ before, after }];
  });
}
