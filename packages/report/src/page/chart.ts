import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { encoding } from './encoding.ts';
import { type Html, html, printable, trusted } from './html.ts';
import { shortNames } from './short-names.ts';

export interface ChartText {
  /** What the chart is, for screen readers. */
  readonly title: string;
  /** What it shows, in words. */
  readonly description: string;
}

/**
 * A chart as static SVG, rendered by Observable Plot in an in-memory DOM. Equal data give equal bytes.
 *
 * It is drawn at the width at which it is shown, because Plot's font size does not scale. Colors follow the page's
 * theme. To screen readers it is one image with a title and a description.
 */
export function chart({ title, description }: ChartText, options: Plot.PlotOptions): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawn = Plot.plot({
    width: 360,
    height: 230,
    ...options,
    document: document as unknown as NonNullable<Plot.PlotOptions['document']>,
    style: { fontSize: '12px', fontFamily: 'inherit', overflow: 'visible' },
  });
  const markup = printable(String((drawn as unknown as { outerHTML: string }).outerHTML));
  const inside = markup
    .replace(/^<svg[^>]*>/, '')
    .replace(/<\/svg>$/, '')
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replaceAll(/<[^>]+>/g, tidyTag);
  const [width, height] = [options.width ?? 360, options.height ?? 230];
  return html`<svg class="chart" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-label="${`${title}. ${description}`}" text-anchor="middle" fill="currentColor"><title>${title}</title><desc>${description}</desc>${trusted(inside)}</svg>`;
}

/** Removes names of the image's parts, and rounds coordinates to hundredths of a pixel. */
function tidyTag(tag: string): string {
  return tag
    .replaceAll(/ aria-(label|hidden|description)="[^"]*"/g, '')
    .replaceAll(/-?\d+\.\d{3,}(e-?\d+)?/g, (number) => String(Math.round(Number(number) * 100) / 100));
}

/** A legend of categories, drawn as `encoding` says. */
export function legend(names: readonly string[]): Html {
  return html`<ul class="legend">${names.map(
    (name, i) => html`<li>${swatch(i)}<bdi>${name}</bdi></li>`,
  )}</ul>`;
}

/** A dot as those of a category are drawn. */
export function swatch(index: number): Html {
  const { fill, stroke, dash } = encoding(index);
  return trusted(
    `<svg class="swatch" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="4.5" fill="${fill}" stroke="${stroke}" stroke-width="2.5"${dash === undefined ? '' : ` stroke-dasharray="${dash}"`}/></svg>`,
  );
}

/**
 * An axis of rows that are named at the left. Names that are too long are cut, but no two to the same text.
 * @param names one per row, from top to bottom; they may repeat
 */
export function namedRows(
  names: readonly string[],
  max = 22,
): { readonly marginLeft: number; readonly y: Plot.ScaleOptions } {
  const short = shortNames(names, max);
  const longest = short.reduce((width, name) => Math.max(width, Array.from(name).length), 0);
  return {
    // At 12 pixels, letters are about 6.6 pixels wide.
    marginLeft: Math.round(16 + 6.6 * Math.max(4, longest)),
    y: {
      domain: names.map((_, i) => i),
      type: 'band',
      label: null,
      tickSize: 0,
      tickFormat: (i: number) => short[i] ?? '',
    },
  };
}
