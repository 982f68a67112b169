import { count, fixed, intervalText } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { ClassScores } from '../report-data.ts';
import type { Section } from '../section.ts';
import { perHead } from '../view.ts';

/** Scores per class; the weakest first, because they lower a macro average most. */
export const perClass: Section = {
  id: 'classes',
  title: 'Scores per class',
  render(view) {
    const tables = perHead(view, ({ data: { perClass } }) =>
      perClass === undefined || perClass.length === 0 ? undefined : oneHead(perClass),
    );
    if (tables === undefined) return undefined;
    return html`<p class="lead">The weakest classes come first. <b>Precision</b>: the share of correct predictions among all predictions of this class. <b>Recall</b>: the share of this class's images that were predicted correctly. <b>F1</b>: the harmonic mean of both.</p>
${tables}`;
  },
};

function oneHead(classes: readonly ClassScores[]): Html {
  const sorted = [...classes].sort((a, b) => order(a.f1) - order(b.f1) || (a.name < b.name ? -1 : 1));
  const withIntervals = classes.some(({ interval }) => interval !== undefined);
  const cell = (value: number) => ({ show: bar(value), value });
  return table(
    [
      { name: 'Class' },
      { name: 'Images', numeric: true },
      { name: 'Precision', numeric: true },
      { name: 'Recall', numeric: true },
      { name: 'F1', numeric: true },
      ...(withIntervals ? [{ name: '95 % interval of F1', numeric: true }] : []),
    ],
    sorted.map(({ name, support, precision, recall, f1, interval }) => [
      { show: foreign(name), value: name },
      { show: count(support), value: support },
      cell(precision),
      cell(recall),
      cell(f1),
      ...(withIntervals
        ? [{ show: interval === undefined ? '–' : intervalText(interval), value: interval?.low ?? -1 }]
        : []),
    ]),
    { caption: 'Scores per class', sortable: true },
  );
}

function bar(value: number) {
  const share = Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
  return html`<span class="meter" style="--v:${Math.round(share * 1000) / 1000}">${fixed(value, 3)}</span>`;
}

/** A class without a score comes first. */
function order(f1: number): number {
  return Number.isNaN(f1) ? -1 : f1;
}
