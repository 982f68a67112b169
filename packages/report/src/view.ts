import { type Html, html } from './page/html.ts';
import { ImageBook } from './page/image-book.ts';
import type { ReportData, Sample } from './report-data.ts';

/** More rows are counted but not listed; mistakes come first. */
const MAX_ROWS = 20_000;

/** What sections render: a run's data, values derived from them, and the images of the page. */
export interface View {
  readonly data: ReportData;
  readonly classes: readonly string[];
  /** Rows with a truth and a prediction: mistakes from most to least confident, then the others from least to most. */
  readonly rows: readonly PredictedSample[];
  readonly wrong: readonly PredictedSample[];
  /** `[K, K]`, truth by prediction; undefined if unknown. */
  readonly confusion: readonly number[] | undefined;
  readonly book: ImageBook;
}

/** A sample with a truth and a prediction. */
export interface PredictedSample extends Sample {
  readonly truth: number;
  readonly predicted: number;
}

export function viewOf(data: ReportData, book: ImageBook = new ImageBook(data.images)): View {
  const classes = data.classes ?? [];
  const predicted = (data.samples ?? []).filter(
    (row): row is PredictedSample => row.truth !== undefined && row.predicted !== undefined,
  );
  const wrong = predicted.filter((row) => row.truth !== row.predicted).sort(byConfidence(-1));
  const right = predicted.filter((row) => row.truth === row.predicted).sort(byConfidence(1));
  return {
    data,
    classes,
    rows: [...wrong, ...right].slice(0, MAX_ROWS),
    wrong,
    confusion:
      data.confusion !== undefined
        ? Array.from(data.confusion)
        : predicted.length > 0
          ? countConfusion(predicted, classes.length)
          : undefined,
    book,
  };
}

/** An image by key, filled in by the page's script; a placeholder if there is no such image. */
export function image(view: View, key: string | undefined, alt: string, kind = 'thumb'): Html {
  const number = view.book.number(key);
  return number === undefined
    ? html`<span class="${kind} none" aria-hidden="true"></span>`
    : html`<img class="${kind}" data-image="${number}" alt="${alt}">`;
}

function countConfusion(rows: readonly PredictedSample[], width: number): number[] {
  const counts = new Array<number>(width * width).fill(0);
  for (const { truth, predicted } of rows) {
    const at = truth * width + predicted;
    counts[at] = counts[at]! + 1;
  }
  return counts;
}

function byConfidence(direction: 1 | -1): (a: Sample, b: Sample) => number {
  return (a, b) =>
    direction * ((a.confidence ?? 0) - (b.confidence ?? 0)) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
