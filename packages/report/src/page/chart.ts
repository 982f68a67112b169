import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeText, type Html, html, printable, trusted } from './html.ts';

/** Colors of categories, in order of use; the style sheet defines them for both themes. */
const COLORS: readonly string[] = Array.from({ length: 10 }, (_, i) => `var(--c${i})`);

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

/** A legend. With more names than colors, colors repeat as hollow swatches. */
export function legend(names: readonly string[]): Html {
  return html`<ul class="legend">${names.map(
    (name, i) => html`<li>${swatch(i)}<bdi>${name}</bdi></li>`,
  )}</ul>`;
}

export function swatch(index: number): Html {
  return trusted(
    `<span class="swatch${isHollow(index) ? ' hollow' : ''}" style="--c:${escapeText(color(index))}"></span>`,
  );
}

/** Fill of a dot: when colors repeat, dots become rings. */
export function fillOf(index: number): string {
  return isHollow(index) ? 'var(--surface)' : color(index);
}

function isHollow(index: number): boolean {
  return Math.floor(index / COLORS.length) % 2 === 1;
}

export function color(index: number): string {
  return COLORS[index % COLORS.length]!;
}
