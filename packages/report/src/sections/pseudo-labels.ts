import { count, intervalText, percent } from '../page/format.ts';
import { foreign, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { Section } from '../section.ts';

/** How many images were pseudo-labeled, and how many of the labels are correct. */
export const pseudoLabels: Section = {
  id: 'pseudo-labels',
  title: 'Pseudo-labels',
  render({ data: { pseudoLabels: data } }) {
    if (data === undefined || data.rows.length === 0) return undefined;
    return html`<p class="lead">A trained model labeled images without labels, and students were trained on them${data.method !== undefined && html` (${foreign(data.method)})`}. If true labels are known, precision is the share of correct pseudo-labels; the lower it is, the more mistakes the students learn.</p>
${table(
  [
    { name: 'Labels' },
    { name: 'Images', numeric: true },
    { name: 'Share of candidates', numeric: true },
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
