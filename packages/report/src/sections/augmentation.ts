import { foreign, type Html, html } from '../page/html.ts';
import type { Augmentation } from '../report-data.ts';
import type { Section } from '../section.ts';
import { image as imageOf, type View } from '../view.ts';

/** Training images as the networks see them, beside the originals. */
export const augmentation: Section = {
  id: 'augmentation',
  title: 'What training sees',
  render(view) {
    const all = view.data.augmentation;
    if (all === undefined || all.length === 0) return undefined;
    return html`<p class="lead">Each row shows an image as it is, and versions of it after random augmentation, as they are trained on. You should still recognize the class in each version; if not, the augmentation is too strong.</p>${all.map((one) => pipeline(view, one, all.length > 1))}`;
  },
};

function pipeline(view: View, { models, steps, batch = [], images }: Augmentation, several: boolean): Html {
  return html`${several && html`<h3>${models.map((name, i) => html`${i > 0 && ', '}${foreign(name)}`)}</h3>`}
<ol class="steps" aria-label="Augmentations, in this order">${steps.map(
    ({ name, settings }) =>
      html`<li class="step"><b>${foreign(name)}</b>${settings !== undefined && settings !== '' && html` <span class="muted">${foreign(settings)}</span>`}</li>`,
  )}${batch.map((name) => html`<li class="step"><b>${foreign(name)}</b> <span class="muted">of two images of a batch, not shown</span></li>`)}</ol>
${images.map(
  ({ id, original, versions }) =>
    html`<figure class="versions"><ul class="version-list"><li class="version original">${imageOf(view, original, `${id}, as it is`, 'thumb contain')}<span class="tag-line">as it is</span></li>${versions.map(
      (key, i) =>
        html`<li class="version">${imageOf(view, key, `${id}, augmented version ${i + 1}`, 'thumb contain')}</li>`,
    )}</ul><figcaption class="id">${foreign(id)}</figcaption></figure>`,
)}`;
}
