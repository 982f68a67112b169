import { signed } from '../page/format.ts';
import { foreign, html } from '../page/html.ts';
import { matrixNames } from '../page/matrix-names.ts';
import { scrollBox } from '../page/scroll-box.ts';
import { table } from '../page/table.ts';
import type { PairSection } from './pair.ts';

const MAX_CLASSES = 40;
const MAX_PAIRS = 12;

/** Change of the confusion matrix. */
export const confusion: PairSection = {
  id: 'confusion',
  title: 'Changes of confusions',
  render({ a, b }) {
    const width = a.classes.length;
    const [before, after] = [a.confusion, b.confusion];
    const sameClasses = width === b.classes.length && a.classes.every((name, i) => name === b.classes[i]);
    if (before === undefined || after === undefined || width === 0 || !sameClasses) return undefined;
    const change = before.map((value, at) => after[at]! - value);
    const pairs = change
      .map((value, at) => ({ value, i: Math.floor(at / width), j: at % width, at }))
      .filter(({ value, i, j }) => value !== 0 && i !== j)
      .sort((x, y) => Math.abs(y.value) - Math.abs(x.value) || x.at - y.at)
      .slice(0, MAX_PAIRS);
    const list =
      pairs.length === 0
        ? html`<p>The confusion matrices are equal.</p>`
        : table(
            [
              { name: 'True class' },
              { name: 'Predicted as' },
              { name: 'A', numeric: true },
              { name: 'B', numeric: true },
              { name: 'Change', numeric: true },
            ],
            pairs.map(({ value, i, j, at }) => [
              foreign(a.classes[i]!),
              foreign(a.classes[j]!),
              String(before[at]),
              String(after[at]),
              { show: html`<span class="${value < 0 ? 'up' : 'down'}">${signed(value, 0)}</span>`, value },
            ]),
            { caption: 'Largest changes of confusions', sortable: true },
          );
    if (width > MAX_CLASSES) return list;
    const largest = change.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
    const names = matrixNames(a.classes);
    return html`<p class="lead">Images in B minus images in A. Blue is better (more on the diagonal, fewer elsewhere), red is worse.</p>
${scrollBox(
  'Change of the confusion matrix',
  html`<table class="matrix"><caption class="hidden">Confusion matrix of B minus that of A: rows are the true classes, columns the predicted ones</caption><thead><tr><td class="corner">true class by row, predicted by column</td>${names.map((name) => html`<th scope="col"><span>${name}</span></th>`)}</tr></thead><tbody>${names.map(
    (name, i) =>
      html`<tr><th scope="row">${name}</th>${a.classes.map((_, j) => {
        const value = change[i * width + j]!;
        if (value === 0) return html`<td></td>`;
        const good = value > 0 === (i === j);
        const shade = Math.round(100 * (0.1 + (0.4 * Math.abs(value)) / largest)) / 100;
        return html`<td class="${good ? 'hit' : 'miss'}" style="--v:${shade}">${signed(value, 0)}</td>`;
      })}</tr>`,
  )}</tbody></table>`,
  'matrix-box',
)}<h3>Largest changes</h3>${list}`;
  },
};
