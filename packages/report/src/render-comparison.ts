import { checkData } from './check-data.ts';
import { pairSections } from './comparison/index.ts';
import type { Pair, ScoreDifference } from './comparison/pair.ts';
import { html } from './page/html.ts';
import { ImageBook } from './page/image-book.ts';
import { BUDGET, page } from './page/page.ts';
import type { Payload } from './page/payload.ts';
import type { RenderOptions } from './render-report.ts';
import type { ReportData } from './report-data.ts';
import { viewOf } from './view.ts';

/** Options of {@link renderComparison}. */
export interface ComparisonOptions extends RenderOptions {
  /** B minus A with its interval, from paired resampling. Without it the page cannot tell a change from luck. */
  readonly difference?: ScoreDifference;
}

/**
 * Two runs side by side as one HTML file: differences of scores, settings, classes, images, confusions and time.
 * Classes, folds and images are matched by name.
 * @throws PodiumError `report-data` with the key of an invalid entry
 */
export function renderComparison(
  a: ReportData,
  b: ReportData,
  { difference, maxBytes = BUDGET }: ComparisonOptions = {},
): string {
  checkData(a);
  checkData(b);
  const book = new ImageBook({ ...b.images, ...a.images });
  const pair: Pair = { a: viewOf(a, book), b: viewOf(b, book), difference };
  const shownSections = pairSections.flatMap(({ id, title, render }) => {
    const body = render(pair);
    return body === undefined ? [] : [{ id, title, body }];
  });
  return page({
    title: `${a.title} vs ${b.title}`,
    kicker: 'Podium comparison',
    subtitle: a.competition === undefined ? undefined : html`<bdi>${a.competition}</bdi>`,
    sections: shownSections,
    payload: NO_PAYLOAD,
    book,
    maxBytes,
  });
}

/** A comparison has no data for the page's script. */
const NO_PAYLOAD: Payload = {
  heads: [],
  issues: [],
  patchName: 'labels.patch.json',
};
