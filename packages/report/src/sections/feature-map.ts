import * as Plot from '@observablehq/plot';
import { compareCodeUnits } from '@podium/core';
import { chart, swatch } from '../page/chart.ts';
import { encoding } from '../page/encoding.ts';
import { count, plural } from '../page/format.ts';
import { foreign, html } from '../page/html.ts';
import type { FeatureMap, MapPoint } from '../report-data.ts';
import type { Section } from '../section.ts';

/** More dots cover each other and make the file large. */
const MAX_SHOWN = 5000;

/** Legends with more names scroll. */
const MANY = 40;

export type ColorBy = 'class' | 'fold' | 'source';

/** A projection of the model's features: similar images lie close together. */
export const featureMap: Section = {
  id: 'map',
  title: 'Feature map',
  render({ data: { map }, classes }) {
    if (map === undefined || map.points.length === 0) return undefined;
    const points = shownPoints(map);
    const kinds = colorings(points, classes);
    const [first] = kinds;
    const numbers = first && new Map(first.names.map((name, i) => [name, i]));
    const colors = points.map((point) =>
      first === undefined ? 0 : (numbers?.get(String(point[first.by])) ?? -1),
    );
    return html`<p class="lead">Each dot is an image; images with similar features lie close together (${map.method}). Mixed colors are classes that the model cannot tell apart; a single dot among others may have a wrong label. If a fold or a source forms its own island, scores may not carry over to it.${points.length < map.points.length && ` ${count(points.length)} of ${plural(map.points.length, 'image')} are shown.`}</p>
<div class="map" id="map-box">${
      kinds.length > 0 &&
      html`<fieldset class="choice"><legend>Color by</legend>${kinds.map(({ by }, i) => html`<label><input type="radio" name="color-by" value="${by}"${i === 0 && html` checked`}> ${by}</label>`)}</fieldset>`
    }
<div class="map-frame" id="map-frame" tabindex="0" role="group" aria-label="Feature map; arrow keys step through the dots">${chart(
      {
        title: 'Feature map',
        description: `${plural(points.length, 'image')}${first === undefined ? '' : `, colored by ${first.by}`}`,
      },
      {
        width: 720,
        height: 500,
        margin: 8,
        x: { axis: null },
        y: { axis: null },
        color: { type: 'identity' },
        marks: [
          Plot.dot(points, {
            x: 'x',
            y: 'y',
            r: points.length > 1500 ? 2.5 : 3.5,
            fill: (_: MapPoint, i: number) => encoding(colors[i]!).fill,
            stroke: (_: MapPoint, i: number) => encoding(colors[i]!).stroke,
            strokeWidth: 1.5,
            fillOpacity: 0.75,
            sort: null,
          }),
        ],
      },
    )}<div class="tip" id="map-tip" hidden></div></div>
<p class="hidden" id="map-status" role="status"></p>
${kinds.map(({ by, names }, i) => html`<ul class="legend${names.length > MANY && ' many'}" data-legend="${by}"${i > 0 && html` hidden`}>${names.map((name, c) => html`<li><button type="button" aria-pressed="false" data-value="${c}">${swatch(c)}${by === 'fold' && 'fold '}${foreign(name)}</button></li>`)}</ul>`)}</div>`;
  },
};

export function shownPoints({ points }: FeatureMap): readonly MapPoint[] {
  if (points.length <= MAX_SHOWN) return points;
  // Every n-th point, so that every class of a sorted list keeps its share.
  return Array.from({ length: MAX_SHOWN }, (_, i) => points[Math.floor((i * points.length) / MAX_SHOWN)]!);
}

export interface Coloring {
  readonly by: ColorBy;
  readonly names: readonly string[];
}

/** What points can be colored by, with the values that occur; classes in the report's order. */
export function colorings(points: readonly MapPoint[], classes: readonly string[]): Coloring[] {
  const rank = new Map(classes.map((name, i) => [name, i]));
  const byRank = (a: string, b: string) => (rank.get(a) ?? classes.length) - (rank.get(b) ?? classes.length);
  return (['class', 'fold', 'source'] as const).flatMap((by) => {
    const names = [
      ...new Set(points.flatMap((point) => (point[by] === undefined ? [] : [String(point[by])]))),
    ];
    return names.length === 0
      ? []
      : [{ by, names: names.sort((a, b) => (by === 'class' ? byRank(a, b) : 0) || byNumberOrText(a, b)) }];
  });
}

function byNumberOrText(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  return compareCodeUnits(a, b);
}
