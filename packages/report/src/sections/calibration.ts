import * as Plot from '@observablehq/plot';
import { chart, legend } from '../page/chart.ts';
import { color } from '../page/encoding.ts';
import { count, intervalPercent, percent } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { Calibration } from '../report-data.ts';
import type { Section } from '../section.ts';
import { perHead } from '../view.ts';

/** Whether confidence matches accuracy. */
export const calibration: Section = {
  id: 'calibration',
  title: 'Calibration',
  render(view) {
    const charts = perHead(view, ({ data: { calibration: all } }) =>
      all === undefined || all.length === 0 ? undefined : oneHead(all),
    );
    if (charts === undefined) return undefined;
    return html`<p class="lead">Of predictions with a confidence of 80 %, 80 % should be correct: on the dashed line they are. Below it the model is overconfident, above it underconfident. Larger dots stand for more images; lines through dots are 95 % intervals.</p>
${charts}`;
  },
};

function oneHead(all: readonly Calibration[]): Html {
  const points = all.flatMap(({ points }, series) => points.map((point) => ({ ...point, series })));
  type Point = (typeof points)[number];
  const heaviest = Math.max(...points.map(({ weight }) => weight), 1);
  const description = all
    .map(
      ({ name, error }) => `${name}${error === undefined ? '' : `: calibration error ${percent(error, 1)}`}`,
    )
    .join('; ');
  const axis = { domain: [0, 1], ticks: 5, tickFormat: (value: number) => `${Math.round(value * 100)} %` };
  return html`<div class="side"><figure>${chart(
    { title: 'Reliability diagram', description },
    {
      width: 360,
      height: 340,
      marginLeft: 52,
      marginBottom: 42,
      marginTop: 26,
      x: { ...axis, label: 'confidence', labelAnchor: 'center', labelArrow: 'none' },
      y: { ...axis, label: 'accuracy', labelArrow: 'none' },
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
        Plot.ruleX(
          points.filter(({ interval }) => interval !== undefined),
          {
            x: 'confidence',
            y1: ({ interval }: Point) => interval!.low,
            y2: ({ interval }: Point) => interval!.high,
            stroke: ({ series }: Point) => color(series),
            strokeWidth: 1.5,
            strokeOpacity: 0.6,
          },
        ),
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
<div>${all.map(({ name, error }) => error !== undefined && html`<p>${foreign(name)}: expected calibration error <b>${percent(error, 1)}</b>.</p>`)}<details><summary>As a table</summary>${table(
    [
      { name: 'Predictions' },
      { name: 'Confidence', numeric: true },
      { name: 'Accuracy', numeric: true },
      { name: '95 % interval', numeric: true },
      { name: 'Images', numeric: true },
    ],
    all.flatMap(({ name, points }) =>
      points.map(({ confidence, accuracy, weight, interval }) => [
        foreign(name),
        percent(confidence),
        percent(accuracy),
        interval === undefined ? '–' : intervalPercent(interval),
        count(weight),
      ]),
    ),
    { caption: 'Calibration' },
  )}</details></div></div>`;
}
