import * as Plot from '@observablehq/plot';
import { chart, legend } from '../page/chart.ts';
import { color } from '../page/encoding.ts';
import { count, fixed } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { ClassCurves } from '../report-data.ts';
import type { Section } from '../section.ts';
import { perHead } from '../view.ts';

/** More lines cover each other. */
const MAX_LINES = 12;
/** Longer tables are folded away. */
const MAX_OPEN = 20;

/** ROC and precision-recall curves: how well probabilities rank images, whatever the threshold. */
export const ranking: Section = {
  id: 'ranking',
  title: 'ROC and precision-recall curves',
  render(view) {
    const curves = perHead(view, ({ data: { ranking: all } }) =>
      all === undefined || all.length === 0 ? undefined : oneHead(all),
    );
    if (curves === undefined) return undefined;
    return html`<p class="lead">How well the probability of a class tells its images from all others, at every threshold. <b>ROC</b>: the nearer to the top left, the better; the dashed line is chance. <b>Precision and recall</b>: the nearer to the top right, the better; chance is the share of the class, so look here for rare classes.</p>
${curves}`;
  },
};

function oneHead(all: readonly ClassCurves[]): Html {
  const sorted = all.toSorted((a, b) => a.auc - b.auc || (a.name < b.name ? -1 : 1));
  const shown = sorted.slice(0, MAX_LINES);
  const hidden = all.length - shown.length;
  const values = table(
    [
      { name: 'Class' },
      { name: 'Images', numeric: true },
      { name: 'Others', numeric: true },
      { name: 'ROC AUC', numeric: true },
      { name: 'Average precision', numeric: true },
    ],
    sorted.map(({ name, positives, negatives, auc, averagePrecision }) => [
      { show: foreign(name), value: name },
      { show: count(positives), value: positives },
      { show: count(negatives), value: negatives },
      { show: fixed(auc, 3), value: auc },
      { show: fixed(averagePrecision, 3), value: averagePrecision },
    ]),
    { caption: 'Areas under the curves', sortable: true },
  );
  return html`${hidden > 0 && html`<p class="muted">The ${shown.length} classes with the smallest area under the ROC curve are drawn; the table has all ${count(all.length)}.</p>`}
<div class="charts curves">${lines(shown, 'ROC', ({ roc }) => roc, ['false positives', 'true positives'], 'linear')}${lines(
    shown,
    'Precision and recall',
    ({ precisionRecall }) => precisionRecall,
    ['recall', 'precision'],
    'step-before',
  )}</div>
${legend(shown.map(({ name }) => name))}
${all.length <= MAX_OPEN ? values : html`<details><summary>All classes</summary>${values}</details>`}`;
}

function lines(
  all: readonly ClassCurves[],
  title: string,
  pointsOf: (curves: ClassCurves) => readonly (readonly [x: number, y: number])[],
  [xName, yName]: readonly [string, string],
  curve: 'linear' | 'step-before',
): Html {
  const points = all.flatMap((curves, series) => pointsOf(curves).map(([x, y]) => ({ x, y, series })));
  const isRoc = curve === 'linear';
  const axis = { domain: [0, 1], ticks: 5, tickFormat: (value: number) => `${Math.round(value * 100)} %` };
  const areas = all
    .map(({ name, auc, averagePrecision }) => `${name} ${fixed(isRoc ? auc : averagePrecision, 3)}`)
    .join(', ');
  return html`<figure><figcaption><b>${title}</b></figcaption>${chart(
    { title: `${title} of each class`, description: `${isRoc ? 'Area' : 'Average precision'}: ${areas}` },
    {
      width: 360,
      height: 340,
      marginLeft: 52,
      marginBottom: 42,
      marginTop: 26,
      x: { ...axis, label: xName, labelAnchor: 'center', labelArrow: 'none' },
      y: { ...axis, label: yName, labelArrow: 'none' },
      color: { type: 'identity' },
      marks: [
        Plot.gridX({ ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.gridY({ ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 }),
        ...(isRoc
          ? [Plot.link([0], { x1: 0, y1: 0, x2: 1, y2: 1, stroke: 'var(--muted)', strokeDasharray: '4 4' })]
          : []),
        Plot.line(points, {
          x: 'x',
          y: 'y',
          z: 'series',
          stroke: ({ series }: { series: number }) => color(series),
          strokeWidth: 2,
          curve,
        }),
      ],
    },
  )}</figure>`;
}
