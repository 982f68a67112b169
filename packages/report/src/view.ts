import { type Html, html } from './page/html.ts';
import { ImageBook } from './page/image-book.ts';
import type { HeadResults, ReportData, Sample } from './report-data.ts';

/** More rows are counted but not listed; mistakes come first. */
export const MAX_ROWS = 20_000;

/** What sections render: a run's data, values derived from them, and the images of the page. The first head's are here. */
export interface View extends Omit<HeadView, 'data'> {
  readonly data: ReportData;
  /** All heads, the first one first. */
  readonly heads: readonly HeadView[];
  readonly book: ImageBook;
}

/** One head's results, and values derived from them. */
export interface HeadView {
  readonly index: number;
  readonly data: HeadResults;
  readonly classes: readonly string[];
  /** Rows with a truth and a prediction: mistakes from most to least confident, then the others from least to most. */
  readonly rows: readonly PredictedSample[];
  readonly wrong: readonly PredictedSample[];
  /** `[K, K]`, truth by prediction; undefined if unknown. */
  readonly confusion: readonly number[] | undefined;
  /** How often predictions and labels agree; undefined if unknown. */
  readonly agreement: Agreement | undefined;
}

/** How often predictions and labels agree. */
export interface Agreement {
  readonly rows: number;
  readonly right: number;
  /** Mean over classes of the share of their rows that are right. */
  readonly classMean: number;
}

/** A sample with a truth and a prediction. */
export interface PredictedSample extends Sample {
  readonly truth: number;
  readonly predicted: number;
}

export function viewOf(data: ReportData, book: ImageBook = new ImageBook(data.images)): View {
  const heads = [data, ...(data.otherHeads ?? [])].map(headView);
  return { ...heads[0]!, data, heads, book };
}

function headView(data: HeadResults, index: number): HeadView {
  const classes = data.classes ?? [];
  const predicted = (data.samples ?? []).filter(
    (row): row is PredictedSample => row.truth !== undefined && row.predicted !== undefined,
  );
  const wrong = predicted.filter((row) => row.truth !== row.predicted).sort(byConfidence(-1));
  const right = predicted.filter((row) => row.truth === row.predicted).sort(byConfidence(1));
  const confusion =
    data.confusion !== undefined
      ? Array.from(data.confusion)
      : predicted.length > 0
        ? countConfusion(predicted, classes.length)
        : undefined;
  return {
    index,
    data,
    classes,
    rows: [...wrong, ...right].slice(0, MAX_ROWS),
    wrong,
    confusion,
    agreement: confusion && agreementOf(confusion, classes.length),
  };
}

/**
 * Renders a section's body for each head that has one; with several heads, each under its name.
 * @param body of one head, or undefined if its data have nothing to show
 */
export function perHead(
  { heads }: Pick<View, 'heads'>,
  body: (head: HeadView) => Html | undefined,
): Html | undefined {
  const parts = heads.flatMap((head) => {
    const made = body(head);
    return made === undefined ? [] : [{ name: head.data.head, made }];
  });
  if (parts.length === 0) return undefined;
  if (heads.length === 1) return parts[0]!.made;
  return html`${parts.map(
    ({ name, made }) =>
      html`<div class="head"><h3 class="head-name">Head <bdi>${name ?? 'without a name'}</bdi></h3>${made}</div>`,
  )}`;
}

/** An image by key, filled in by the page's script; a placeholder if there is no such image. */
export function image(view: Pick<View, 'book'>, key: string | undefined, alt: string, kind = 'thumb'): Html {
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

function agreementOf(confusion: readonly number[], width: number): Agreement | undefined {
  let [rows, right] = [0, 0];
  const recalls: number[] = [];
  for (let i = 0; i < width; i++) {
    const total = confusion.slice(i * width, (i + 1) * width).reduce((sum, value) => sum + value, 0);
    const hits = confusion[i * width + i]!;
    rows += total;
    right += hits;
    if (total > 0) recalls.push(hits / total);
  }
  if (rows === 0) return undefined;
  return { rows, right, classMean: recalls.reduce((sum, value) => sum + value, 0) / recalls.length };
}

function byConfidence(direction: 1 | -1): (a: Sample, b: Sample) => number {
  return (a, b) =>
    direction * ((a.confidence ?? 0) - (b.confidence ?? 0)) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
