import { confidenceText } from '../page/format.ts';
import { heatmap } from '../page/heatmap.ts';
import { ARROW, foreign, html } from '../page/html.ts';
import type { Explanation } from '../report-data.ts';
import type { Section } from '../section.ts';
import { image as imageOf, type View } from '../view.ts';

/** Which parts of an image the predictions are based on. */
export const explanations: Section = {
  id: 'looked',
  title: 'Where the network looked',
  render(view) {
    const all = view.data.explanations;
    if (all === undefined || all.length === 0) return undefined;
    const methods = [...new Set(all.map(({ method }) => method))];
    const heads = [...new Set(all.flatMap(({ head }) => head ?? []))];
    const named = view.heads.length > 1 || heads.some((head) => head !== view.data.head);
    return html`<p class="lead">Warm colors mark what contributed most to the prediction${named && html` of ${heads.map((head, i) => html`${i > 0 && ', '}${foreign(head)}`)}`} (${methods.join(', ')}). A model that looks at the background has learned something about the photographs, not about the class.</p>
<div class="overlays"><label class="check no-print"><input type="checkbox" class="overlay-toggle" checked> Show heat maps</label>
<ul class="cards wide">${all.map((item) => html`<li>${card(view, item)}</li>`)}</ul></div>`;
  },
};

function card(view: View, item: Explanation) {
  const { id, image, overlay, truth, predicted, confidence, note } = item;
  const wrong = truth !== undefined && predicted !== undefined && !(item.right ?? truth === predicted);
  return html`<figure class="card look"><div class="stack">${imageOf(view, image, id, 'image')}${
    overlay !== undefined
      ? imageOf(view, overlay, `${item.method} of ${id}`, 'overlay')
      : item.heatmap !== undefined && heatmap(item.heatmap, `${item.method} of ${id}`)
  }</div><figcaption><span class="verdict">${truth !== undefined && html`${foreign(truth)} `}${wrong && html`${ARROW}<span class="hidden"> predicted as </span> `}${!wrong && truth !== undefined && predicted !== truth && html`<span class="muted">shown for</span> `}${(wrong || predicted !== truth) && predicted !== undefined && html`<b class="${wrong ? 'wrong' : 'right'}">${foreign(predicted)}</b>`}${confidence !== undefined && html` <span class="muted">${confidenceText(confidence)}</span>`}</span><span class="id">${foreign(id)}</span>${note !== undefined && html`<span class="muted">${note}</span>`}</figcaption></figure>`;
}
