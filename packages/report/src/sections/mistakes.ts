import { count, percent, plural } from '../page/format.ts';
import { html } from '../page/html.ts';
import { sampleCard } from '../page/sample-card.ts';
import type { Section } from '../section.ts';

const MAX_SHOWN = 24;

/** Mistakes with the highest confidence: the fastest way to see what the model does not understand. */
export const mistakes: Section = {
  id: 'mistakes',
  title: 'Most confident mistakes',
  render(view) {
    const { rows, wrong } = view;
    if (rows.length === 0) return undefined;
    if (wrong.length === 0) return html`<p class="good">All images were classified correctly.</p>`;
    const total = (view.data.samples ?? []).filter(
      ({ truth, predicted }) => truth !== undefined && predicted !== undefined,
    ).length;
    return html`<p class="lead">${count(wrong.length)} of ${plural(total, 'image')} (${percent(wrong.length / total, 1)}) ${wrong.length === 1 ? 'was' : 'were'} misclassified by a model that was not trained on ${wrong.length === 1 ? 'it' : 'them'}. These are the mistakes with the highest confidence: look for wrong labels, ambiguous images, and what the model has not learned yet.</p>
<ul class="cards">${wrong.slice(0, MAX_SHOWN).map((row) => html`<li>${sampleCard(view, row)}</li>`)}</ul>
${wrong.length > MAX_SHOWN && html`<p class="muted">Select a cell of the confusion matrix to see the others.</p>`}`;
  },
};
