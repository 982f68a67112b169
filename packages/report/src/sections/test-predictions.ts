import * as Plot from '@observablehq/plot';
import { wilson } from '@podium/core';
import { chart, namedRows } from '../page/chart.ts';
import { confidenceText, count, intervalPercent, percent, plural } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { Interval, TestImage, TestPredictions } from '../report-data.ts';
import type { Section } from '../section.ts';
import { image as imageOf, perHead, type View } from '../view.ts';

/** More rows are not readable: the classes that differ most are drawn. */
const MAX_ROWS = 30;
const MAX_OPEN = 20;

/** What is predicted for the test images, beside the training images' labels. */
export const testPredictions: Section = {
  id: 'test',
  title: 'Test predictions',
  render(view) {
    const all = perHead(view, ({ data: { testPredictions: data } }) =>
      data === undefined || data.images === 0 ? undefined : oneHead(view, data),
    );
    if (all === undefined) return undefined;
    return html`<p class="lead">How often each class is predicted for the test images, beside how often it is among the training labels. Where the test images are a sample of the same kind, both agree within the interval. If the out-of-fold predictions of the training images differ from their labels in the same way, it is a habit of the models; else the test images are of another mix, or are read differently.</p>
${all}`;
  },
};

interface ClassShares {
  readonly name: string;
  readonly training: number;
  readonly outOfFold: number | undefined;
  readonly predicted: number;
  /** Of the predicted share. */
  readonly interval: Interval;
}

function oneHead(view: View, data: TestPredictions): Html {
  const { images, independentImages = images, trainingImages, classes, mostSure, leastSure } = data;
  const shares = classes.map(
    ({ name, training, outOfFold, predicted }): ClassShares => ({
      name,
      training: training / Math.max(1, trainingImages),
      outOfFold: outOfFold === undefined ? undefined : outOfFold / Math.max(1, trainingImages),
      predicted: predicted / images,
      interval: wilson(predicted / images, Math.max(1, independentImages)),
    }),
  );
  const outside = shares.filter(
    ({ training, interval }) => training < interval.low || training > interval.high,
  );
  const withOutOfFold = shares.some(({ outOfFold }) => outOfFold !== undefined);
  const values = table(
    [
      { name: 'Class' },
      { name: 'Training labels', numeric: true },
      ...(withOutOfFold ? [{ name: 'Predicted out of fold', numeric: true }] : []),
      { name: 'Predicted for test', numeric: true },
      { name: 'Images', numeric: true },
      { name: '95 % interval', numeric: true },
    ],
    shares.map(({ name, training, outOfFold, predicted, interval }, i) => [
      { show: foreign(name), value: name },
      { show: percent(training, 1), value: training },
      ...(withOutOfFold
        ? [outOfFold === undefined ? '–' : { show: percent(outOfFold, 1), value: outOfFold }]
        : []),
      { show: percent(predicted, 1), value: predicted },
      { show: count(classes[i]!.predicted), value: classes[i]!.predicted },
      { show: intervalPercent(interval, 1), value: interval.low },
    ]),
    { caption: 'Shares of the classes', sortable: true },
  );
  return html`<p>${outsideText(outside, shares.length, images)}</p>
<figure>${distribution(shares)}<figcaption><ul class="legend"><li><span class="key tick ink"></span>training labels</li>${withOutOfFold && html`<li><span class="key ring"></span>predicted out of fold</li>`}<li><span class="key dot"></span>predicted for test</li><li><span class="key bar"></span>95 % interval</li></ul></figcaption></figure>
${shares.length > MAX_ROWS && html`<p class="muted">The ${MAX_ROWS} classes that differ most are drawn.</p>`}
${shares.length <= MAX_OPEN ? values : html`<details><summary>All classes</summary>${values}</details>`}
${cards(view, 'Least sure', 'The models hesitate most here; what these images have in common is what they have not learned.', leastSure)}
${cards(view, 'Most sure', 'If one of these is wrong, look for images of another kind, or for wrong training labels.', mostSure)}`;
}

function outsideText(outside: readonly ClassShares[], classes: number, images: number): Html {
  const head = `${plural(images, 'test image')}. `;
  if (outside.length === 0)
    return html`${head}The training share of every class lies within the interval of its predicted share.`;
  const [first] = outside.toSorted(
    (a, b) => Math.abs(b.predicted - b.training) - Math.abs(a.predicted - a.training),
  );
  return html`${head}The training share of <b>${count(outside.length)} of ${plural(classes, 'class', 'classes')}</b> lies outside the interval of the predicted share, most of all ${foreign(first!.name)}: ${percent(first!.training, 1)} of the training labels, ${percent(first!.predicted, 1)} of the test predictions.`;
}

function distribution(all: readonly ClassShares[]): Html {
  const shown =
    all.length <= MAX_ROWS
      ? all
      : all
          .toSorted((a, b) => Math.abs(b.predicted - b.training) - Math.abs(a.predicted - a.training))
          .slice(0, MAX_ROWS);
  const rows = shown.map((shares, i) => ({ i, ...shares, ...shares.interval }));
  const axis = namedRows(
    rows.map(({ name }) => name),
    18,
  );
  return chart(
    {
      title: 'Share of each class',
      description: rows
        .map(
          ({ name, training, predicted }) =>
            `${name}: training ${percent(training, 1)}, test predictions ${percent(predicted, 1)}`,
        )
        .join('; '),
    },
    {
      width: 260 + axis.marginLeft,
      height: 44 + (rows.length > 12 ? 20 : 26) * rows.length,
      marginRight: 20,
      marginTop: 6,
      x: {
        ticks: 4,
        label: null,
        nice: true,
        domain: [
          0,
          Math.max(
            0.01,
            ...rows.flatMap(({ training, high, outOfFold }) => [training, high, outOfFold ?? 0]),
          ),
        ],
        tickFormat: (value: number) => `${Math.round(value * 1000) / 10} %`,
      },
      ...axis,
      marks: [
        Plot.gridX({ ticks: 4, stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.ruleY(rows, {
          y: 'i',
          x1: 'low',
          x2: 'high',
          stroke: 'var(--accent)',
          strokeWidth: 8,
          strokeOpacity: 0.3,
          strokeLinecap: 'round',
        }),
        Plot.dot(
          rows.filter(({ outOfFold }) => outOfFold !== undefined),
          { x: 'outOfFold', y: 'i', r: 4, fill: 'var(--surface)', stroke: 'var(--accent)', strokeWidth: 1.5 },
        ),
        Plot.dot(rows, { x: 'predicted', y: 'i', r: 4.5, fill: 'var(--accent)', stroke: 'none' }),
        Plot.tickX(rows, { x: 'training', y: 'i', stroke: 'var(--ink)', strokeWidth: 2.5, inset: 3 }),
      ],
    },
  );
}

function cards(view: View, title: string, hint: string, images: readonly TestImage[]): Html | undefined {
  if (images.length === 0) return undefined;
  return html`<h3>${title}</h3><p class="muted">${hint}</p><ul class="cards">${images.map(
    ({ id, predicted, confidence, next, image }) =>
      html`<li><figure class="card">${imageOf(view, image, id)}<figcaption><span class="verdict"><b>${foreign(labelText(predicted))}</b> <span class="muted">${confidenceText(confidence)}</span></span>${next !== undefined && html`<span class="muted">else ${foreign(next.name)} (${confidenceText(next.probability)})</span>`}<span class="id">${foreign(id)}</span></figcaption></figure></li>`,
  )}</ul>`;
}

function labelText(label: TestImage['predicted']): string {
  return typeof label === 'string' ? label : label.join(', ') || 'no label';
}
