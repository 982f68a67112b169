import * as Plot from '@observablehq/plot';
import { chart } from '../page/chart.ts';
import { color } from '../page/encoding.ts';
import { count, plural } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { NumberColumn, NumberResults } from '../report-data.ts';
import type { Section } from '../section.ts';
import { image as imageOf, perHead, type View } from '../view.ts';

const MAX_MISTAKES = 24;
const MAX_GROUPS = 30;

/** Predicted against true numbers, residuals by group, and the largest mistakes. */
export const numbers: Section = {
  id: 'numbers',
  title: 'Predicted numbers',
  render(view) {
    const charts = perHead(view, ({ data }) => {
      return data.numbers === undefined ? undefined : oneHead(view, data.numbers);
    });
    if (charts === undefined) return undefined;
    return html`<p class="lead">Every dot is an image that the models were not trained on: on the dashed line, the predicted number is the true one. A residual is predicted minus true; its mean is the <b>bias</b>, and large numbers that are predicted too small, and small ones too large, show that the model hedges toward the mean.</p>
${charts}`;
  },
};

function oneHead(view: View, { columns, groups, mistakes }: NumberResults): Html {
  return html`${columns.map((column) => html`<div class="side"><figure>${scatter(column)}</figure><figure>${residuals(column)}</figure></div>`)}
${table(
  [
    { name: 'Number' },
    { name: 'Images', numeric: true },
    { name: 'Bias', numeric: true },
    { name: 'MAE', numeric: true },
    { name: 'RMSE', numeric: true },
    { name: 'R²', numeric: true },
  ],
  columns.map(({ name, images, bias, mae, rmse, r2 }) => [
    foreign(name),
    count(images),
    short(bias),
    short(mae),
    short(rmse),
    r2 === undefined ? '–' : short(r2),
  ]),
  { caption: 'Errors by number' },
)}
${
  groups.length > 0 &&
  html`<h3>Residuals by group</h3><p>The groups with the largest bias come first: what they share, the models have not learned.</p>${table(
    [
      { name: 'Group' },
      { name: 'Number' },
      { name: 'Images', numeric: true },
      { name: 'Bias', numeric: true },
      { name: 'MAE', numeric: true },
    ],
    groups
      .slice(0, MAX_GROUPS)
      .map(({ group, column, images, bias, mae }) => [
        foreign(group),
        foreign(column),
        count(images),
        short(bias),
        short(mae),
      ]),
    { caption: `Residuals of ${plural(groups.length, 'group')}` },
  )}`
}
${
  mistakes.length > 0 &&
  html`<h3>Largest mistakes</h3><ul class="cards">${mistakes
    .slice(0, MAX_MISTAKES)
    .map(
      ({ id, column, truth, predicted, fold, image }) =>
        html`<li><figure class="card">${imageOf(view, image, id)}<figcaption><span class="verdict"><b class="wrong">${short(predicted)}</b> instead of <b>${short(truth)}</b>${columns.length > 1 && html` <span class="muted">${foreign(column)}</span>`}</span><span class="id">${foreign(id)}${fold !== undefined && html` · fold ${foreign(fold)}`}</span></figcaption></figure></li>`,
    )}</ul>`
}`;
}

function scatter({ name, points }: NumberColumn): Html {
  const values = points.flatMap(({ truth, predicted }) => [truth, predicted]);
  const domain = [Math.min(...values), Math.max(...values)] as const;
  const axis = { domain: [...domain], ticks: 5 };
  return chart(
    { title: `Predicted against true: ${name}`, description: `${points.length} images` },
    {
      width: 360,
      height: 340,
      marginLeft: 58,
      marginBottom: 42,
      marginTop: 26,
      x: { ...axis, label: `true ${name}`, labelAnchor: 'center', labelArrow: 'none' },
      y: { ...axis, label: 'predicted', labelArrow: 'none' },
      marks: [
        Plot.gridX({ ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.gridY({ ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.link([0], {
          x1: domain[0],
          y1: domain[0],
          x2: domain[1],
          y2: domain[1],
          stroke: 'var(--muted)',
          strokeDasharray: '4 4',
        }),
        Plot.dot(points, { x: 'truth', y: 'predicted', r: 2.5, fill: color(0), fillOpacity: 0.6 }),
      ],
    },
  );
}

function residuals({ name, points }: NumberColumn): Html {
  const rows = points.map(({ truth, predicted }) => ({ truth, residual: predicted - truth }));
  return chart(
    { title: `Residuals: ${name}`, description: 'predicted minus true, by the true number' },
    {
      width: 360,
      height: 340,
      marginLeft: 58,
      marginBottom: 42,
      marginTop: 26,
      x: { ticks: 5, label: `true ${name}`, labelAnchor: 'center', labelArrow: 'none' },
      y: { ticks: 5, label: 'predicted minus true', labelArrow: 'none' },
      marks: [
        Plot.gridY({ ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.ruleY([0], { stroke: 'var(--muted)', strokeDasharray: '4 4' }),
        Plot.dot(rows, { x: 'truth', y: 'residual', r: 2.5, fill: color(1), fillOpacity: 0.6 }),
      ],
    },
  );
}

/** Four digits that count. */
function short(value: number): string {
  return String(Number(value.toPrecision(4))).replace('-', '−');
}
