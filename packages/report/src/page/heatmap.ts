import * as Plot from '@observablehq/plot';
import type { Explanation } from '../report-data.ts';
import { type Html, html } from './html.ts';

const warmth = Plot.scale({ color: { type: 'linear', scheme: 'turbo', domain: [0, 1] } });

/** Weaker cells would only veil the image. */
const MIN_SHARE = 0.08;

/** A grid over a whole image as SVG: one rectangle per cell, blurred, and transparent where values are small. */
export function heatmap({ width, height, values }: NonNullable<Explanation['heatmap']>, label: string): Html {
  let max = 0;
  for (let i = 0; i < values.length; i++) max = Math.max(max, values[i]!);
  const cells: Html[] = [];
  let peak = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! > values[peak]!) peak = i;
    const share = max > 0 ? Math.max(0, values[i]!) / max : 0;
    if (!(share >= MIN_SHARE)) continue;
    const opacity = Math.round(100 * (0.12 + 0.58 * share)) / 100;
    cells.push(
      html`<rect x="${i % width}" y="${Math.floor(i / width)}" width="1.02" height="1.02" fill="${String(warmth.apply(0.2 + 0.7 * share))}" opacity="${opacity}"/>`,
    );
  }
  const place = `${placeOf((peak % width) / Math.max(1, width - 1), ['left', 'middle', 'right'])}, ${placeOf(Math.floor(peak / width) / Math.max(1, height - 1), ['top', 'center', 'bottom'])}`;
  return html`<svg class="overlay" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}: strongest at the ${place}"><g class="heat">${cells}</g></svg>`;
}

function placeOf(share: number, names: readonly [string, string, string]): string {
  return names[share < 1 / 3 ? 0 : share <= 2 / 3 ? 1 : 2];
}
