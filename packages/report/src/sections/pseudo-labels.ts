import { count, intervalText, percent } from '../page/format.ts';
import { foreign, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { Section } from '../section.ts';

/** How many labels a teacher gave to images without one, and how many of them are right. */
export const pseudoLabels: Section = {
  id: 'pseudo-labels',
  title: 'Pseudo-labels',
  render({ data: { pseudoLabels: data } }) {
    if (data === undefined || data.rows.length === 0) return undefined;
    return html`<p class="lead">Images without a label were given one by a trained model and trained on${data.method !== undefined && html` (${foreign(data.method)})`}. Where true labels are known, precision says how many are right: below that of the training labels they teach mistakes.</p>
${table(
  [
    { name: 'Kept' },
    { name: 'Images', numeric: true },
    { name: 'Of those offered', numeric: true },
    { name: 'Precision', numeric: true },
    { name: '95 % interval', numeric: true },
  ],
  data.rows.map(({ name, kept, offered, precision, interval }) => [
    foreign(name),
    { show: count(kept), value: kept },
    offered === undefined ? '–' : percent(kept / offered),
    precision === undefined ? '–' : percent(precision, 1),
    interval === undefined ? '–' : intervalText(interval),
  ]),
  { caption: 'Pseudo-labels and their precision', sortable: true },
)}`;
  },
};
