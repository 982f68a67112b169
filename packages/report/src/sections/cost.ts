import * as Plot from '@observablehq/plot';
import { chart, namedRows } from '../page/chart.ts';
import { duration, plural } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { StageCost } from '../report-data.ts';
import type { Section } from '../section.ts';

const MAX_BARS = 14;

/** How long each stage took. */
export const cost: Section = {
  id: 'cost',
  title: 'Time',
  render({ data: { stages } }) {
    if (stages === undefined || stages.length === 0) return undefined;
    return html`<p class="lead">It takes ${duration(sum(stages))} to compute ${plural(stages.length, 'stage')}.</p>
<div class="charts">${bars(stages)}</div>
<details><summary>All stages</summary>${table(
      [{ name: 'Stage' }, { name: 'Time', numeric: true }],
      stages.map(({ name, seconds }) => [
        { show: foreign(name), value: name },
        { show: duration(seconds), value: seconds },
      ]),
      { caption: 'Time per stage', sortable: true },
    )}</details>`;
  },
};

function sum(stages: readonly StageCost[]): number {
  return stages.reduce((total, { seconds }) => total + seconds, 0);
}

function bars(stages: readonly StageCost[]): Html {
  const rows = stages
    .filter(({ seconds }) => seconds > 0)
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, MAX_BARS)
    .map(({ name, seconds }, i) => ({ i, name, seconds }));
  const axis = namedRows(
    rows.map(({ name }) => name),
    24,
  );
  return html`<figure><figcaption><b>Slowest stages</b></figcaption>${chart(
    {
      title: 'Time per stage',
      description: rows.map(({ name, seconds }) => `${name} ${duration(seconds)}`).join(', '),
    },
    {
      width: 230 + axis.marginLeft,
      height: 16 + 24 * rows.length,
      marginRight: 84,
      marginTop: 4,
      marginBottom: 4,
      x: { axis: null, domain: [0, Math.max(...rows.map(({ seconds }) => seconds), 1e-9)] },
      ...axis,
      marks: [
        Plot.barX(rows, { x: 'seconds', y: 'i', fill: 'var(--accent)', rx: 2, insetTop: 1, insetBottom: 1 }),
        Plot.text(rows, {
          x: 'seconds',
          y: 'i',
          text: ({ seconds }: { seconds: number }) => duration(seconds),
          dx: 6,
          textAnchor: 'start',
        }),
      ],
    },
  )}</figure>`;
}
