import * as Plot from '@observablehq/plot';
import { chart, color, legend } from '../page/chart.ts';
import { count, percent } from '../page/format.ts';
import { foreign, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { Section } from '../section.ts';

/** Whether the model is right as often as it says. */
export const calibration: Section = {
  id: 'calibration',
  title: 'Calibration',
  render({ data: { calibration: all } }) {
    if (all === undefined || all.length === 0) return undefined;
    const points = all.flatMap(({ points }, series) => points.map((point) => ({ ...point, series })));
    const heaviest = Math.max(...points.map(({ weight }) => weight), 1);
    const words = all
      .map(
        ({ name, error }) =>
          `${name}${error === undefined ? '' : `: calibration error ${percent(error, 1)}`}`,
      )
      .join('; ');
    const axis = { domain: [0, 1], ticks: 5, tickFormat: (value: number) => `${Math.round(value * 100)} %` };
    return html`<p class="lead">When the model says 80 %, is it right in 8 of 10 cases? On the dashed line it is; below it the model is too sure of itself, above it too modest. Larger dots stand for more images.</p>
<div class="side"><figure>${chart(
      { title: 'Reliability diagram', description: words },
      {
        width: 360,
        height: 340,
        marginLeft: 52,
        marginBottom: 42,
        marginTop: 26,
        x: { ...axis, label: 'says', labelAnchor: 'center', labelArrow: 'none' },
        y: { ...axis, label: 'is right', labelArrow: 'none' },
        marks: [
          Plot.gridX({ ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 }),
          Plot.gridY({ ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 }),
          Plot.link([0], { x1: 0, y1: 0, x2: 1, y2: 1, stroke: 'var(--muted)', strokeDasharray: '4 4' }),
          Plot.line(points, {
            x: 'confidence',
            y: 'accuracy',
            z: 'series',
            stroke: ({ series }: { series: number }) => color(series),
            strokeWidth: 2,
          }),
          Plot.dot(points, {
            x: 'confidence',
            y: 'accuracy',
            r: ({ weight }: { weight: number }) => 2 + 7 * Math.sqrt(weight / heaviest),
            fill: ({ series }: { series: number }) => color(series),
            fillOpacity: 0.85,
            stroke: 'var(--surface)',
          }),
        ],
        r: { type: 'identity' },
        color: { type: 'identity' },
      },
    )}${legend(all.map(({ name }) => name))}</figure>
<div>${all.map(({ name, error }) => error !== undefined && html`<p>${foreign(name)}: on average off by <b>${percent(error, 1)}</b> (expected calibration error).</p>`)}<details><summary>In figures</summary>${table(
      [
        { name: 'Predictions' },
        { name: 'Says', numeric: true },
        { name: 'Is right', numeric: true },
        { name: 'Images', numeric: true },
      ],
      all.flatMap(({ name, points }) =>
        points.map(({ confidence, accuracy, weight }) => [
          foreign(name),
          percent(confidence),
          percent(accuracy),
          count(weight),
        ]),
      ),
      { caption: 'Calibration in figures' },
    )}</details></div></div>`;
  },
};
