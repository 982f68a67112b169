import * as Plot from '@observablehq/plot';
import { chart, legend } from '../page/chart.ts';
import { COLORS, color } from '../page/encoding.ts';
import { count, fixed, plural } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { Curve, CurvePoint } from '../report-data.ts';
import type { Section } from '../section.ts';

/** Loss, score and learning rate per epoch. */
export const curves: Section = {
  id: 'curves',
  title: 'Learning curves',
  render({ data: { curves: all, curveScore, metric } }) {
    if (all === undefined || all.length === 0) return undefined;
    const better = metric?.better ?? 'higher';
    const scoreName = curveScore ?? metric?.name ?? 'Score';
    const { names: colored, colorOf } = coloring(all);
    return html`<p class="lead">Loss should fall and the score should ${better === 'higher' ? 'rise' : 'fall'} until both level off. A validation loss that rises while the training loss falls means overfitting; curves that still improve at the end call for more epochs.</p>
<div class="charts">${lines(all, 'Loss', ['valLoss', 'trainLoss'], colorOf)}${lines(all, scoreName, ['metric'], colorOf)}${lines(all, 'Learning rate', ['learningRate'], colorOf)}</div>
${legend(colored)}
<details><summary>As a table</summary>${table(
      [
        { name: 'Training run' },
        { name: 'Epochs', numeric: true },
        { name: 'Epoch kept', numeric: true },
        { name: 'Train loss', numeric: true },
        { name: 'Validation loss', numeric: true },
        { name: scoreName, numeric: true },
      ],
      all.map(({ name, points, best }) => {
        const kept = points.find(({ epoch }) => epoch === best) ?? points.at(-1);
        const scores = points.flatMap((point) => (point.metric === undefined ? [] : [point.metric]));
        const peak = better === 'higher' ? Math.max(...scores) : Math.min(...scores);
        return [
          foreign(name),
          count(points.length),
          kept === undefined ? '–' : String(kept.epoch),
          fixed(kept?.trainLoss ?? Number.NaN, 3),
          fixed(kept?.valLoss ?? Number.NaN, 3),
          fixed(kept?.metric ?? peak, 3),
        ];
      }),
      { caption: 'Training runs at the epoch that was kept' },
    )}</details>`;
  },
};

/** Each run has a color of its own; if there are not enough colors, each model. */
function coloring(all: readonly Curve[]): {
  readonly names: readonly string[];
  readonly colorOf: (series: number) => number;
} {
  if (all.length <= COLORS) return { names: all.map(({ name }) => name), colorOf: (series) => series };
  const models = all.map(({ model, name }) => model ?? name);
  const names = [...new Set(models)];
  const numbers = new Map(names.map((name, i) => [name, i]));
  return { names, colorOf: (series) => numbers.get(models[series]!)! };
}

type Quantity = 'trainLoss' | 'valLoss' | 'metric' | 'learningRate';

function lines(
  all: readonly Curve[],
  title: string,
  quantities: readonly Quantity[],
  colorOf: (series: number) => number,
): Html | undefined {
  const points = all.flatMap((curve, series) =>
    quantities.flatMap((quantity) =>
      curve.points.flatMap((point: CurvePoint) => {
        const value = point[quantity];
        return value === undefined || !Number.isFinite(value)
          ? []
          : [{ epoch: point.epoch, value, series, quantity, kept: point.epoch === curve.best }];
      }),
    ),
  );
  if (points.length === 0) return undefined;
  type Point = (typeof points)[number];
  const last = points.at(-1)!;
  const stroke = ({ series }: Point) => color(colorOf(series));
  const line = (quantity: Quantity, dash?: string) =>
    Plot.line(
      points.filter((point) => point.quantity === quantity),
      {
        x: 'epoch',
        y: 'value',
        z: 'series',
        stroke,
        strokeWidth: dash === undefined ? 2 : 1.5,
        ...(dash !== undefined && { strokeDasharray: dash, strokeOpacity: 0.75 }),
      },
    );
  const both = quantities.length > 1 && new Set(points.map(({ quantity }) => quantity)).size > 1;
  return html`<figure><figcaption><b><bdi>${title}</bdi></b>${both && html` <span class="muted">solid: validation, dashed: training</span>`}</figcaption>${chart(
    {
      title: `${title} per epoch`,
      description: `${plural(all.length, 'training run')}; ${all[last.series]?.name} ends at ${fixed(last.value, 4)}`,
    },
    {
      width: 360,
      height: 220,
      marginLeft: 52,
      marginTop: 12,
      marginBottom: 40,
      x: {
        label: 'epoch',
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: epochTicks(points.map(({ epoch }) => epoch)),
        tickFormat: (value: number) => String(value),
      },
      y: { label: null, ticks: 5, nice: true, ...(quantities[0] === 'learningRate' && { tickFormat: 'e' }) },
      color: { type: 'identity' },
      marks: [
        Plot.gridY({ ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 }),
        ...quantities.map((quantity) => line(quantity, quantity === 'trainLoss' ? '3 3' : undefined)),
        Plot.dot(
          points.filter(
            ({ kept, quantity }) => kept && quantity !== 'trainLoss' && quantity !== 'learningRate',
          ),
          { x: 'epoch', y: 'value', fill: stroke, r: 4, stroke: 'var(--surface)' },
        ),
      ],
    },
  )}</figure>`;
}

/** Ticks: at most six epochs. */
function epochTicks(values: readonly number[]): number[] {
  const all = [...new Set(values)].sort((a, b) => a - b);
  const step = Math.max(1, Math.ceil(all.length / 6));
  return all.filter((_, i) => i % step === 0);
}
