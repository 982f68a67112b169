import { count, percent } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { matrixNames } from '../page/matrix-names.ts';
import { scrollBox } from '../page/scroll-box.ts';
import { table } from '../page/table.ts';
import type { Section } from '../section.ts';
import { type HeadView, perHead } from '../view.ts';

/** Larger matrices are unreadable: they show the classes with the most errors. */
const MAX_CLASSES = 40;
const MAX_PAIRS = 10;
/** Cells with a larger share of their row are dark, with light text. */
const STRONG = 0.6;

/** Which classes are confused; every cell opens its images. */
export const confusion: Section = {
  id: 'confusion',
  title: 'Confusion matrix',
  render(view) {
    const matrices = perHead(view, oneHead);
    if (matrices === undefined) return undefined;
    return html`<p class="lead">Rows are true classes, columns predicted classes; a perfect model has values only on the diagonal. ${view.heads.some(({ rows }) => rows.length > 0) && 'Select a cell to see its images (arrow keys move, Enter opens).'}</p>
${matrices}`;
  },
};

function oneHead({ index, confusion: counts, classes }: HeadView): Html | undefined {
  if (counts === undefined || classes.length === 0) return undefined;
  const shown = classesWithMostErrors(counts, classes.length);
  const hidden = classes.length - shown.length;
  return html`${hidden > 0 && html`<p class="muted">The ${shown.length} classes with the most errors are shown; ${hidden} others are hidden.</p>`}
${scrollBox('Confusion matrix', matrix(counts, classes, shown, index), 'matrix-box')}
<div class="behind" id="${idOf('behind', index)}" data-head="${index}" aria-live="polite"></div>
${pairs(counts, classes)}`;
}

/** `matrix`, `matrix-1`, ... */
function idOf(name: string, head: number): string {
  return head === 0 ? name : `${name}-${head}`;
}

function matrix(
  counts: readonly number[],
  classes: readonly string[],
  shown: readonly number[],
  head: number,
): Html {
  const width = classes.length;
  const names = matrixNames(shown.map((i) => classes[i]!));
  return html`<table class="matrix" id="${idOf('matrix', head)}" data-head="${head}"><caption class="hidden">Confusion matrix: rows are the true classes, columns the predicted ones</caption><thead><tr><td class="corner">true class by row, predicted by column</td>${names.map((name) => html`<th scope="col"><span>${name}</span></th>`)}</tr></thead><tbody>${shown.map(
    (i, row) => {
      const total = sumOfRow(counts, i, width);
      return html`<tr><th scope="row">${names[row]!}</th>${shown.map((j) => {
        const value = counts[i * width + j]!;
        if (value === 0) return html`<td></td>`;
        const share = value / total;
        const label = `${classes[i]} predicted as ${classes[j]}: ${count(value)} of ${count(total)} (${percent(share)})`;
        return html`<td><button type="button" class="${i === j ? 'hit' : 'miss'}${share > STRONG && ' strong'}" style="--v:${shade(share)}" data-t="${i}" data-p="${j}" aria-label="${label}" title="${label}">${count(value)}</button></td>`;
      })}</tr>`;
    },
  )}</tbody></table>`;
}

/**
 * Strength of a cell's color. Shades between 0.5 and 0.86 are skipped: in one of the themes neither light nor dark text
 * is readable on them. The minimum keeps a single confusion visible beside a full diagonal.
 */
function shade(share: number): number {
  const mix = share > STRONG ? 0.86 + (0.14 * (share - STRONG)) / (1 - STRONG) : 0.1 + (0.4 * share) / STRONG;
  return Math.round(100 * mix) / 100;
}

function pairs(counts: readonly number[], classes: readonly string[]): Html | undefined {
  const width = classes.length;
  const found = counts
    .map((value, at) => ({ value, i: Math.floor(at / width), j: at % width }))
    .filter(({ value, i, j }) => value > 0 && i !== j)
    .sort((a, b) => b.value - a.value || a.i - b.i || a.j - b.j)
    .slice(0, MAX_PAIRS);
  if (found.length === 0) return undefined;
  return html`<details open><summary>Most frequent confusions</summary>${table(
    [
      { name: 'True class' },
      { name: 'Predicted as' },
      { name: 'Images', numeric: true },
      { name: 'Share of class', numeric: true },
    ],
    found.map(({ value, i, j }) => [
      foreign(classes[i]!),
      foreign(classes[j]!),
      { show: count(value), value },
      percent(value / sumOfRow(counts, i, width)),
    ]),
    { caption: 'Most frequent confusions' },
  )}</details>`;
}

function classesWithMostErrors(counts: readonly number[], width: number): number[] {
  const all = Array.from({ length: width }, (_, i) => i);
  if (width <= MAX_CLASSES) return all;
  const errors = all.map((i) =>
    all.reduce((sum, j) => sum + (i === j ? 0 : counts[i * width + j]! + counts[j * width + i]!), 0),
  );
  return all
    .sort((a, b) => errors[b]! - errors[a]! || a - b)
    .slice(0, MAX_CLASSES)
    .sort((a, b) => a - b);
}

function sumOfRow(counts: readonly number[], i: number, width: number): number {
  let sum = 0;
  for (let j = 0; j < width; j++) sum += counts[i * width + j]!;
  return sum;
}
