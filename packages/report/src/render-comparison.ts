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

export interface ComparisonOptions extends RenderOptions {
  /** B less A, resampled image by image: without it the page cannot say whether a change is more than luck. */
  readonly difference?: ScoreDifference;
}

/**
 * Two runs side by side with what differs, as one HTML file: scores, settings, classes, images, confusions, cost.
 * Runs, classes, folds and images are matched by name.
 * @throws PodiumError `report-data` where the data contradict themselves, naming the entry
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
  const shown = pairSections.flatMap(({ id, title, render }) => {
    const body = render(pair);
    return body === undefined ? [] : [{ id, title, body }];
  });
  return page({
    title: `${a.title} vs ${b.title}`,
    kicker: 'Podium comparison',
    subtitle: a.competition === undefined ? undefined : html`<bdi>${a.competition}</bdi>`,
    sections: shown,
    payload: NOTHING,
    book,
    maxBytes,
  });
}

/** The comparison's page has nothing that a script would have to look up. */
const NOTHING: Payload = {
  classes: [],
  rows: { id: [], truth: [], predicted: [], confidence: [], fold: [], image: [] },
  issues: [],
  patchName: 'labels.patch.json',
};
