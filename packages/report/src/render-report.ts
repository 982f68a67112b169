import { checkData } from './check-data.ts';
import { foreign, html } from './page/html.ts';
import { BUDGET, page } from './page/page.ts';
import { payloadOf } from './page/payload-of.ts';
import type { ReportData } from './report-data.ts';
import { sections } from './sections/index.ts';
import { viewOf } from './view.ts';

/** Options of {@link renderReport}. */
export interface RenderOptions {
  /** Maximum size of the file in bytes; the least important images that do not fit are omitted. Default: 5,000,000. */
  readonly maxBytes?: number;
}

/**
 * Renders a run as one HTML file that needs neither network nor server. Equal data give equal bytes.
 *
 * The content security policy allows only the page's own script, by its hash; every text from the data is escaped.
 * @throws PodiumError `report-data` with the key of an invalid entry
 *
 * @example
 * const html = renderReport({ title: 'My run', score: { value: 0.91, interval: { low: 0.89, high: 0.93 } } });
 */
export function renderReport(data: ReportData, { maxBytes = BUDGET }: RenderOptions = {}): string {
  checkData(data);
  const view = viewOf(data);
  const shownSections = sections.flatMap(({ id, title, render }) => {
    const body = render(view);
    return body === undefined ? [] : [{ id, title, body }];
  });
  const { competition } = data;
  return page({
    title: data.title,
    kicker: 'Podium report',
    subtitle: competition === undefined ? undefined : html`${foreign(competition)}`,
    sections: shownSections,
    // After the sections, so that the images they show come first if there is not enough room.
    payload: payloadOf(view),
    book: view.book,
    maxBytes,
  });
}
