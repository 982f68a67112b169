import * as Plot from '@observablehq/plot';
import { chart, namedRows } from '../page/chart.ts';
import { fixed, scoreText, signed } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { scrollBox } from '../page/scroll-box.ts';
import { table } from '../page/table.ts';
import type { Ensemble, Interval, MetricText } from '../report-data.ts';
import type { Section } from '../section.ts';
import { perHead } from '../view.ts';

/** Members of the blend, their weights, and how different their errors are. */
export const ensemble: Section = {
  id: 'ensemble',
  title: 'Ensemble',
  render(view) {
    const { metric } = view.data;
    const parts = perHead(view, ({ data: { ensemble: data } }) =>
      data === undefined || data.members.length === 0 ? undefined : oneHead(data, metric),
    );
    if (parts === undefined) return undefined;
    return html`<p class="lead">The predictions of several models are combined. Members with different errors help each other most. The gain is how much better the plain mean of all members is than the mean without this one; within its interval it may be luck.</p>
${parts}`;
  },
};

function oneHead(data: Ensemble, metric: MetricText | undefined): Html {
  const { members, method } = data;
  const withIntervals = members.some(({ gainInterval }) => gainInterval !== undefined);
  return html`${method !== undefined && html`<p>Method: <b>${foreign(method)}</b>.</p>`}
${overfitting(data, metric)}
<figure>${weights(data)}<figcaption class="muted">Weight in the blend</figcaption></figure>${table(
    [
      { name: 'Member' },
      { name: 'Weight', numeric: true },
      { name: metric?.name ?? 'Score', numeric: true },
      { name: 'Gain', numeric: true },
      ...(withIntervals ? [{ name: '95 % interval', numeric: true }] : []),
    ],
    members.map(({ name, weight, score, gain, gainInterval }) => [
      foreign(name),
      { show: fixed(weight, 3), value: weight },
      score === undefined ? '–' : { show: scoreText(score), value: score },
      gain === undefined ? '–' : { show: signed(gain, 4), value: gain },
      ...(withIntervals
        ? [
            gainInterval === undefined
              ? '–'
              : {
                  show: html`${differenceText(gainInterval)}${hasZero(gainInterval) && html`<br><span class="muted">within noise</span>`}`,
                  value: gainInterval.low,
                },
          ]
        : []),
    ]),
    { caption: 'Members of the ensemble', sortable: true },
  )}${correlations(members)}`;
}

/** Whether fitting the weights to these rows flatters their score, if the data can tell. */
function overfitting(
  { fitted, nested, differenceInterval: interval }: Ensemble,
  metric: MetricText | undefined,
): Html | undefined {
  if (fitted === undefined || nested === undefined) return undefined;
  const difference = fitted - nested;
  const isBetter = metric?.better === 'lower' ? difference < 0 : difference > 0;
  const limits = interval && html` (95 % interval ${differenceText(interval)})`;
  const meaning =
    interval === undefined
      ? 'Whether that is more than luck is not known.'
      : hasZero(interval)
        ? 'That is within noise: these rows show no overfitting of the weights.'
        : isBetter
          ? 'That much of it is overfitting.'
          : 'Fitting to other rows did better, so nothing is overfitted.';
  return html`<p>Score with weights fitted on other folds: <b>${scoreText(nested)}</b>, which is unbiased. On the rows they were fitted on, the weights score ${scoreText(fitted)}, a difference of ${signed(difference)}${limits}. ${meaning}</p>`;
}

function differenceText({ low, high }: Interval): string {
  return `${signed(low)} to ${signed(high)}`;
}

function hasZero({ low, high }: Interval): boolean {
  return low <= 0 && high >= 0;
}

function weights({ members }: Ensemble): Html {
  const rows = members.map(({ name, weight }, i) => ({ i, name, weight }));
  const axis = namedRows(rows.map(({ name }) => name));
  return chart(
    {
      title: 'Weights of the members',
      description: rows.map(({ name, weight }) => `${name} ${fixed(weight, 2)}`).join(', '),
    },
    {
      width: 220 + axis.marginLeft,
      height: 40 + 26 * rows.length,
      marginRight: 40,
      marginTop: 4,
      x: { axis: null, domain: [0, Math.max(...rows.map(({ weight }) => weight), 1e-9)] },
      ...axis,
      marks: [
        Plot.barX(rows, { x: 'weight', y: 'i', fill: 'var(--accent)', rx: 2, insetTop: 1, insetBottom: 1 }),
        Plot.text(rows, {
          x: 'weight',
          y: 'i',
          text: ({ weight }: { weight: number }) => fixed(weight, 2),
          dx: 6,
          textAnchor: 'start',
        }),
      ],
    },
  );
}

function correlations(members: Ensemble['members']): Html | undefined {
  if (members.length < 2 || members.some(({ errorCorrelation }) => errorCorrelation === undefined))
    return undefined;
  const cell = (value: number | null | undefined) => {
    if (value === null || value === undefined || !Number.isFinite(value))
      return html`<td class="number">–</td>`;
    const share = Math.round(Math.max(0, value) * 60) / 100;
    return html`<td class="number shade" style="--v:${share}">${fixed(value, 2)}</td>`;
  };
  return html`<h3>Correlation of errors</h3><p class="muted">1 means the same mistakes, 0 independent ones. Lower is better.</p>${scrollBox(
    'Correlation of errors',
    html`<table><caption class="hidden">Correlation of the members' errors</caption><thead><tr><td></td>${members.map((_, i) => html`<th scope="col" class="number">${i + 1}</th>`)}</tr></thead><tbody>${members.map(({ name, errorCorrelation = [] }, i) => html`<tr><th scope="row">${i + 1}. ${foreign(name)}</th>${members.map((_, j) => cell(errorCorrelation[j]))}</tr>`)}</tbody></table>`,
  )}`;
}
