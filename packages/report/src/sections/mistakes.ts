import { confidenceText, count, percent, plural } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { sampleCard } from '../page/sample-card.ts';
import type { LabelMistakes } from '../report-data.ts';
import type { Section } from '../section.ts';
import { type HeadView, image as imageOf, perHead, type View } from '../view.ts';

const MAX_SHOWN = 24;

/** Mistakes with the highest confidence: the fastest way to see what the model does not understand. */
export const mistakes: Section = {
  id: 'mistakes',
  title: 'Most confident mistakes',
  render(view) {
    // With several heads, the hint is above all of them.
    const several = view.heads.length > 1;
    const hint = several ? '' : HINT;
    const cards = perHead(
      view,
      (head) => ofClasses(view, head, hint) ?? ofLabels(view, head.data.labelMistakes, hint),
    );
    return several && cards !== undefined ? html`<p class="lead">${HINT}</p>${cards}` : cards;
  },
};

const HINT =
  'These are the mistakes with the highest confidence: look for wrong labels, ambiguous images, and what the models have not learned yet.';

function ofClasses(
  view: View,
  { rows, wrong, agreement, classes }: HeadView,
  hint: string,
): Html | undefined {
  if (rows.length === 0) return undefined;
  if (wrong.length === 0) return html`<p class="good">All images were classified correctly.</p>`;
  const total = agreement?.rows ?? rows.length;
  return html`<p class="lead">${count(wrong.length)} of ${plural(total, 'image')} (${percent(wrong.length / total, 1)}) ${wrong.length === 1 ? 'is' : 'are'} misclassified by models that were not trained on ${wrong.length === 1 ? 'it' : 'them'}. ${hint}</p>
<ul class="cards">${wrong.slice(0, MAX_SHOWN).map((row) => html`<li>${sampleCard(view, classes, row)}</li>`)}</ul>
${wrong.length > MAX_SHOWN && html`<p class="muted">Select a cell of the confusion matrix to see the others.</p>`}`;
}

function ofLabels(view: View, found: LabelMistakes | undefined, hint: string): Html | undefined {
  if (found === undefined || found.images === 0) return undefined;
  const { images, wrongImages, shown } = found;
  if (wrongImages === 0) return html`<p class="good">All images got exactly their labels.</p>`;
  return html`<p class="lead">${count(wrongImages)} of ${plural(images, 'image')} (${percent(wrongImages / images, 1)}) ${wrongImages === 1 ? 'gets' : 'get'} a label too many or too few by models that were not trained on ${wrongImages === 1 ? 'it' : 'them'}. ${hint}</p>
<ul class="cards">${shown
    .slice(0, MAX_SHOWN)
    .map(
      ({ id, class: name, given, probability, fold, image }) =>
        html`<li><figure class="card">${imageOf(view, image, id)}<figcaption><span class="verdict">${given ? 'misses' : 'wrongly'} <b class="wrong">${foreign(name)}</b> <span class="muted">${confidenceText(probability)}</span></span><span class="id">${foreign(id)}${fold !== undefined && html` · fold ${foreign(fold)}`}</span></figcaption></figure></li>`,
    )}</ul>`;
}
