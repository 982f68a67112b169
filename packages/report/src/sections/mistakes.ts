import { count, percent, plural } from '../page/format.ts';
import { html } from '../page/html.ts';
import { sampleCard } from '../page/sample-card.ts';
import type { Section } from '../section.ts';

const MOST = 24;

/** Where the model was sure and wrong: the quickest way to what it does not understand. */
export const mistakes: Section = {
  id: 'mistakes',
  title: 'Most confident mistakes',
  render(view) {
    const { rows, wrong } = view;
    if (rows.length === 0) return undefined;
    if (wrong.length === 0) return html`<p class="good">No image was taken for another class.</p>`;
    const total = (view.data.samples ?? []).filter(
      ({ truth, predicted }) => truth !== undefined && predicted !== undefined,
    ).length;
    return html`<p class="lead">${count(wrong.length)} of ${plural(total, 'image')} (${percent(wrong.length / total, 1)}) ${wrong.length === 1 ? 'was' : 'were'} taken for another class by a model that had not seen them. Here are those it was surest of: a wrong label, a confusing image, or something it has yet to learn?</p>
<ul class="cards">${wrong.slice(0, MOST).map((row) => html`<li>${sampleCard(view, row)}</li>`)}</ul>
${wrong.length > MOST && html`<p class="muted">All others stand behind the cells of the confusion matrix.</p>`}`;
  },
};
