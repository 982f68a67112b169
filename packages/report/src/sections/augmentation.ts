import { foreign, html } from '../page/html.ts';
import type { Section } from '../section.ts';
import { image as imageOf } from '../view.ts';

/** What the network really sees while it trains. */
export const augmentation: Section = {
  id: 'augmentation',
  title: 'What training sees',
  render(view) {
    const sheets = view.data.augmentation;
    if (sheets === undefined || sheets.length === 0) return undefined;
    return html`<p class="lead">Images as they reach the network, changed at random. You should still be able to tell the class of each: if you cannot, the changes are too strong.</p>${sheets.map(
      ({ image, caption }) =>
        html`<figure class="sheet">${imageOf(view, image, caption, 'sheet-image')}<figcaption>${foreign(caption)}</figcaption></figure>`,
    )}`;
  },
};
