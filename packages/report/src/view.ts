import { type Html, html } from './page/html.ts';
import { ImageBook } from './page/image-book.ts';
import type { ReportData, Sample } from './report-data.ts';

/** Rows beyond these are counted, not listed: the mistakes stay. */
const MOST_ROWS = 20_000;

/** A run as the sections see it: its data, what follows from them, and the images that the page is to hold. */
export interface View {
  readonly data: ReportData;
  readonly classes: readonly string[];
  /** Rows with a truth and a prediction, wrong ones first, the most confident first. */
  readonly rows: readonly PredictedSample[];
  readonly wrong: readonly PredictedSample[];
  /** `[K, K]`, truth by prediction; undefined where nothing is known. */
  readonly confusion: readonly number[] | undefined;
  readonly book: ImageBook;
}

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
  // Of those that are right, the least sure are worth a look.
  const right = predicted.filter((row) => row.truth === row.predicted).sort(byConfidence(1));
  return {
    data,
    classes,
    rows: [...wrong, ...right].slice(0, MOST_ROWS),
    wrong,
    confusion:
      data.confusion !== undefined
        ? Array.from(data.confusion)
        : predicted.length > 0
          ? counted(predicted, classes.length)
          : undefined,
    book,
  };
}

/** An image by its key; the page's script fills it in. Nothing where the data have none by this key. */
export function image(view: View, key: string | undefined, alt: string, kind = 'thumb'): Html {
  const number = view.book.number(key);
  return number === undefined
    ? html`<span class="${kind} none" aria-hidden="true"></span>`
    : html`<img class="${kind}" data-image="${number}" alt="${alt}">`;
}

function counted(rows: readonly PredictedSample[], width: number): number[] {
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
