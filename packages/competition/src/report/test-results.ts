import type { Predictions } from '@podium/core';
import type { ScoredRows } from '@podium/metrics';
import type { TestImage, TestPredictions } from '@podium/report';
import type { ScoredTarget } from '@podium/submission';
import { decidedByForm, decidedByPredictions } from './decided-classes.ts';
import type { RunResults } from './run-results.ts';

/** So many of the most and of the least sure images are shown. */
const SHOWN = 12;

/**
 * What is predicted for the test images, beside the training labels and what is predicted for the training images.
 * @param rows out-of-fold rows, as they are scored
 * @param target what a grader reads; undefined if predictions are taken as they are
 * @param heads of which the target is made
 */
export function testResults(
  { testPredictions, test, form }: Pick<RunResults, 'testPredictions' | 'test' | 'form'>,
  rows: ScoredRows,
  target: ScoredTarget | undefined,
  heads: readonly string[],
): TestPredictions | undefined {
  const own = heads.map((head) => testPredictions.get(head));
  const [first] = own;
  if (first === undefined || own.includes(undefined) || first.length === 0) return undefined;
  // There are no classes to count; the linter compares the means.
  if (rows.task === 'regression') return undefined;
  const known = new Set(test.rows.map(({ id }) => id));
  const { ids } = first;
  const decided =
    target === undefined || form === undefined
      ? decidedByPredictions(first)
      : decidedByForm(target, form, testPredictions, ids);
  const images = ids.map((id, i): TestImage & { readonly id: string } => {
    const parts = (own as readonly Predictions[]).map((part) => sureness(part, part.indexOf(id)!));
    const names = decided[i]!.map((k) => rows.classes[k]!);
    const [only] = parts;
    return {
      id,
      predicted: rows.task === 'single-label' ? (names[0] ?? '') : names,
      confidence: rounded(parts.reduce((product, { confidence }) => product * confidence, 1)),
      ...(parts.length === 1 && only!.next !== undefined && { next: only!.next }),
    };
  });
  const shown = images
    .filter(({ id }) => known.has(id))
    .toSorted((a, b) => b.confidence - a.confidence || (a.id < b.id ? -1 : 1));
  const count = Math.min(SHOWN, Math.floor(shown.length / 2));
  return {
    images: ids.length,
    // Their groups are unknown; they may be as large as those of the training images.
    independentImages: (ids.length * new Set(rows.groups ?? rows.ids).size) / rows.length,
    trainingImages: rows.length,
    classes: rows.classes.map((name, k) => ({
      name,
      training: countOf(rows, 'truth', k),
      outOfFold: countOf(rows, 'predicted', k),
      predicted: decided.filter((classes) => classes.includes(k)).length,
    })),
    mostSure: shown.slice(0, count),
    leastSure: shown.toReversed().slice(0, Math.max(1, count)),
  };
}

/** The probability of the likeliest class and of the next one; with several labels, that of the least certain decision. */
function sureness(
  predictions: Predictions,
  row: number,
): { readonly confidence: number; readonly next?: TestImage['next'] } {
  const { classes, task } = predictions;
  const values = predictions.row(row);
  if (task === 'multi-label')
    return { confidence: values.reduce((min, p) => Math.min(min, Math.max(p, 1 - p)), 1) };
  let [best, next] = [-1, -1];
  for (let k = 0; k < classes.length; k++) {
    if (best < 0 || values[k]! > values[best]!) [next, best] = [best, k];
    else if (next < 0 || values[k]! > values[next]!) next = k;
  }
  return {
    confidence: values[best]!,
    ...(next >= 0 && { next: { name: classes[next]!, probability: rounded(values[next]!) } }),
  };
}

function countOf(rows: ScoredRows, kind: 'truth' | 'predicted', k: number): number {
  const width = rows.classes.length;
  let count = 0;
  for (let row = 0; row < rows.length; row++)
    if (rows.task === 'single-label' ? rows[kind][row] === k : rows[kind][row * width + k] === 1) count++;
  return count;
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
