import { checkData } from './check-data.ts';
import { foreign, html } from './page/html.ts';
import { BUDGET, page } from './page/page.ts';
import { payloadOf } from './page/payload-of.ts';
import type { ReportData } from './report-data.ts';
import { sections } from './sections/index.ts';
import { viewOf } from './view.ts';

export interface RenderOptions {
  /** The file's largest size; images that do not fit are left out, the least telling first. Default: 5,000,000. */
  readonly maxBytes?: number;
}

/**
 * A run as one HTML file that needs nothing else: no network, no server. The same data give the same bytes.
 *
 * The page's one script is named in its content security policy by its hash; every text from the data is escaped.
 * @throws PodiumError `report-data` where the data contradict themselves, naming the entry
 */
export function renderReport(data: ReportData, { maxBytes = BUDGET }: RenderOptions = {}): string {
  checkData(data);
  const view = viewOf(data);
  const shown = sections.flatMap(({ id, title, render }) => {
    const body = render(view);
    return body === undefined ? [] : [{ id, title, body }];
  });
  const { competition } = data;
  return page({
    title: data.title,
    kicker: 'Podium report',
    subtitle: competition === undefined ? undefined : html`${foreign(competition)}`,
    sections: shown,
    // After the sections: what they show comes first when room for images is short.
    payload: payloadOf(view),
    book: view.book,
    maxBytes,
  });
}
