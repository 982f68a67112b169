import { foreign, html } from '../page/html.ts';
import type { Section } from '../section.ts';
import { image as imageOf } from '../view.ts';

/** Training images as the network sees them. */
export const augmentation: Section = {
  id: 'augmentation',
  title: 'Augmented training images',
  render(view) {
    const sheets = view.data.augmentation;
    if (sheets === undefined || sheets.length === 0) return undefined;
    return html`<p class="lead">Images as the network sees them in training, after random augmentation. You should still recognize the class of each; if not, the augmentation is too strong.</p>${sheets.map(
      ({ image, caption }) =>
        html`<figure class="sheet">${imageOf(view, image, caption, 'sheet-image')}<figcaption>${foreign(caption)}</figcaption></figure>`,
    )}`;
  },
};
