import * as Plot from '@observablehq/plot';
import { chart, namedRows } from '../page/chart.ts';
import { count, fixed, signed } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { PairSection } from './pair.ts';

const MAX_ARROWS = 25;

interface Change {
  readonly name: string;
  readonly support: number;
  readonly before: number;
  readonly after: number;
}

/** Change of F1 per class. */
export const classes: PairSection = {
  id: 'classes',
  title: 'Scores per class',
  render({ a, b }) {
    const scoresOfB = new Map(b.data.perClass?.map((scores) => [scores.name, scores.f1]));
    const changes = (a.data.perClass ?? [])
      .flatMap(({ name, support, f1 }): Change[] => {
        const after = scoresOfB.get(name);
        return after === undefined ? [] : [{ name, support, before: f1, after }];
      })
      .sort((x, y) => y.after - y.before - (x.after - x.before) || (x.name < y.name ? -1 : 1));
    if (changes.length === 0) return undefined;
    return html`<p class="lead">F1 of every class in A (start of the arrow) and B (its head), the largest gain first. Scores of classes with few images change by chance.</p>
<div class="side"><figure>${arrows(changes)}</figure><div>${table(
      [
        { name: 'Class' },
        { name: 'Images', numeric: true },
        { name: 'A', numeric: true },
        { name: 'B', numeric: true },
        { name: 'Change', numeric: true },
      ],
      changes.map(({ name, support, before, after }) => [
        { show: foreign(name), value: name },
        { show: count(support), value: support },
        { show: fixed(before, 3), value: before },
        { show: fixed(after, 3), value: after },
        {
          show: html`<span class="${after > before ? 'up' : after < before ? 'down' : ''}">${signed(after - before)}</span>`,
          value: after - before,
        },
      ]),
      { caption: 'F1 per class in both runs', sortable: true },
    )}</div></div>`;
  },
};

function arrows(changes: readonly Change[]): Html {
  const half = Math.ceil(MAX_ARROWS / 2);
  const shown =
    changes.length <= MAX_ARROWS ? changes : [...changes.slice(0, half), ...changes.slice(half - MAX_ARROWS)];
  const rows = shown.map((change, i) => ({ ...change, i }));
  const axis = namedRows(rows.map(({ name }) => name));
  const directionColor = ({ before, after }: Change) => (after >= before ? 'var(--good)' : 'var(--bad)');
  return chart(
    {
      title: 'Change of F1 per class',
      description: rows.map(({ name, before, after }) => `${name} ${signed(after - before)}`).join(', '),
    },
    {
      width: 260 + axis.marginLeft,
      height: 44 + 22 * rows.length,
      marginRight: 16,
      marginTop: 4,
      marginBottom: 34,
      x: { label: null, ticks: 5, nice: true },
      ...axis,
      color: { type: 'identity' },
      marks: [
        Plot.gridX({ ticks: 5, stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.dot(rows, { x: 'before', y: 'i', r: 2.5, fill: directionColor, stroke: 'none' }),
        Plot.arrow(rows, {
          x1: 'before',
          x2: 'after',
          y1: 'i',
          y2: 'i',
          stroke: directionColor,
          strokeWidth: 2,
          headLength: 7,
        }),
      ],
    },
  );
}
