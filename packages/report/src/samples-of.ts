import { PodiumError, type Predictions } from '@podium/core';
import type { Sample } from './report-data.ts';

/** What {@link samplesOf} adds to predictions. */
export interface SamplesOptions {
  /** Class indices `[N]`, in the order of the predictions' rows and classes; negative if unknown. */
  readonly truth?: ArrayLike<number> | undefined;
  /** Key of a row's image in `ReportData.images`. */
  readonly image?: ((id: string, row: number) => string | undefined) | undefined;
  /** Source of a row, such as a camera or a data set. */
  readonly source?: ((id: string, row: number) => string | undefined) | undefined;
}

/**
 * A report's rows from single-label predictions: the most probable class (the first of equals), its probability to four
 * decimals, and the fold. Use out-of-fold predictions: others look better than they are.
 * @throws PodiumError `report-data` for multi-label predictions, or if the number of labels is not that of rows
 */
export function samplesOf(predictions: Predictions, { truth, image, source }: SamplesOptions = {}): Sample[] {
  const { task, kind, length, ids, folds } = predictions;
  if (task !== 'single-label') {
    throw new PodiumError({
      code: 'report-data',
      path: { key: 'samples' },
      expected: 'single-label predictions',
      got: task,
      fix: 'omit the samples, or show one label at a time',
    });
  }
  if (truth !== undefined && truth.length !== length) {
    throw new PodiumError({
      code: 'report-data',
      path: { key: 'samples' },
      expected: `${length} labels, one per row`,
      got: String(truth.length),
    });
  }
  const probabilities = kind === 'logits' ? predictions.softmax() : predictions;
  const predicted = predictions.argmax();
  return ids.map((id, row) => {
    const label = truth?.[row] ?? -1;
    const column = predicted[row]!;
    const confidence = probabilities.row(row)[column]!;
    return {
      id,
      ...(label >= 0 && { truth: label }),
      predicted: column,
      confidence: Math.round(confidence * 10_000) / 10_000,
      fold: folds?.[row],
      source: source?.(id, row),
      image: image?.(id, row),
    };
  });
}
