import { count, fixed, intervalText } from '../page/format.ts';
import { foreign, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { Section } from '../section.ts';

/** How well each class is found; the weakest first, since that is where a macro average is lost. */
export const perClass: Section = {
  id: 'classes',
  title: 'Class by class',
  render({ data: { perClass: classes } }) {
    if (classes === undefined || classes.length === 0) return undefined;
    const sorted = [...classes].sort((a, b) => order(a.f1) - order(b.f1) || (a.name < b.name ? -1 : 1));
    const withIntervals = classes.some(({ interval }) => interval !== undefined);
    const figure = (value: number) => ({ show: bar(value), value });
    return html`<p class="lead">The weakest classes come first. <b>Precision</b>: of the images taken for this class, how many are of it. <b>Recall</b>: of the images of this class, how many were found. <b>F1</b> joins both.</p>
${table(
  [
    { name: 'Class' },
    { name: 'Images', numeric: true },
    { name: 'Precision', numeric: true },
    { name: 'Recall', numeric: true },
    { name: 'F1', numeric: true },
    ...(withIntervals ? [{ name: '95 % interval', numeric: true }] : []),
  ],
  sorted.map(({ name, support, precision, recall, f1, interval }) => [
    { show: foreign(name), value: name },
    { show: count(support), value: support },
    figure(precision),
    figure(recall),
    figure(f1),
    ...(withIntervals
      ? [{ show: interval === undefined ? '–' : intervalText(interval), value: interval?.low ?? -1 }]
      : []),
  ]),
  { caption: 'Scores by class', sortable: true },
)}`;
  },
};

function bar(value: number) {
  const share = Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
  return html`<span class="meter" style="--v:${Math.round(share * 1000) / 1000}">${fixed(value, 3)}</span>`;
}

/** A class without a score is the weakest of all. */
function order(f1: number): number {
  return Number.isNaN(f1) ? -1 : f1;
}
