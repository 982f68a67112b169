import * as Plot from '@observablehq/plot';
import { chart } from '../page/chart.ts';
import { bytes, duration } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { StageCost } from '../report-data.ts';
import type { Section } from '../section.ts';

const MOST_BARS = 14;

/** Where the time and the memory went. */
export const cost: Section = {
  id: 'cost',
  title: 'Time and memory',
  render({ data: { stages } }) {
    if (stages === undefined || stages.length === 0) return undefined;
    const ran = stages.filter(({ cached }) => cached !== true);
    const total = ran.reduce((sum, { seconds }) => sum + seconds, 0);
    const peak = Math.max(...stages.map(({ peakBytes }) => peakBytes ?? 0));
    return html`<p class="lead">${duration(total)} of work in ${ran.length} of ${stages.length} stages${ran.length < stages.length && ' (the others were taken from the store)'}${peak > 0 && html`; at most ${bytes(peak)} of memory at once`}.</p>
<div class="charts two">${bars(stages, 'Time', ({ seconds }) => seconds, duration)}${peak > 0 && bars(stages, 'Peak memory', ({ peakBytes }) => peakBytes ?? 0, bytes)}</div>
<details><summary>All stages</summary>${table(
      [
        { name: 'Stage' },
        { name: 'Time', numeric: true },
        { name: 'Peak memory', numeric: true },
        { name: 'From the store' },
      ],
      stages.map(({ name, seconds, peakBytes, cached }) => [
        { show: foreign(name), value: name },
        { show: duration(seconds), value: seconds },
        peakBytes === undefined ? '–' : { show: bytes(peakBytes), value: peakBytes },
        cached === true ? 'yes' : 'no',
      ]),
      { caption: 'Time and memory by stage', sortable: true },
    )}</details>`;
  },
};

function bars(
  stages: readonly StageCost[],
  title: string,
  value: (stage: StageCost) => number,
  text: (value: number) => string,
): Html {
  const rows = stages
    .map((stage, i) => ({ i: String(i), name: stage.name, value: value(stage) }))
    .filter((row) => row.value > 0)
    .sort((a, b) => b.value - a.value || Number(a.i) - Number(b.i))
    .slice(0, MOST_BARS);
  const names = new Map(rows.map(({ i, name }) => [i, name.length > 18 ? `${name.slice(0, 17)}…` : name]));
  return html`<figure><figcaption><b>${title}</b></figcaption>${chart(
    {
      title: `${title} by stage`,
      description: rows.map((row) => `${row.name} ${text(row.value)}`).join(', '),
    },
    {
      width: 420,
      height: 16 + 24 * rows.length,
      marginLeft: 128,
      marginRight: 84,
      marginTop: 4,
      marginBottom: 4,
      x: { axis: null, domain: [0, Math.max(...rows.map((row) => row.value), 1e-9)] },
      y: {
        domain: rows.map(({ i }) => i),
        label: null,
        tickSize: 0,
        tickFormat: (i: string) => names.get(i) ?? i,
      },
      marks: [
        Plot.barX(rows, { x: 'value', y: 'i', fill: 'var(--accent)', rx: 2, insetTop: 1, insetBottom: 1 }),
        Plot.text(rows, {
          x: 'value',
          y: 'i',
          text: (row: { value: number }) => text(row.value),
          dx: 6,
          textAnchor: 'start',
        }),
      ],
    },
  )}</figure>`;
}
