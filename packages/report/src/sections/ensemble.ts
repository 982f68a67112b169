import * as Plot from '@observablehq/plot';
import { chart } from '../page/chart.ts';
import { fixed, scoreText, signed } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { Ensemble } from '../report-data.ts';
import type { Section } from '../section.ts';

/** Members of the blend, their weights, and how different their errors are. */
export const ensemble: Section = {
  id: 'ensemble',
  title: 'Ensemble',
  render({ data: { ensemble: data, metric } }) {
    if (data === undefined || data.members.length === 0) return undefined;
    const { members, method, fitted, nested } = data;
    return html`<p class="lead">The predictions of several models are combined${method !== undefined && html` (${foreign(method)})`}. Members with different errors help each other most; a member with a negative gain makes the ensemble worse.</p>
${fitted !== undefined && nested !== undefined && html`<p>Score with weights fitted on other folds: <b>${scoreText(nested)}</b>, which is unbiased. On the rows they were fitted on, the weights score ${scoreText(fitted)}: the difference of ${signed(fitted - nested)} is overfitting.</p>`}
<div class="side"><figure>${weights(data)}<figcaption class="muted">Weight in the blend</figcaption></figure><div>${table(
      [
        { name: 'Member' },
        { name: 'Weight', numeric: true },
        { name: metric?.name ?? 'Score', numeric: true },
        { name: 'Gain', numeric: true },
      ],
      members.map(({ name, weight, score, gain }) => [
        foreign(name),
        { show: fixed(weight, 3), value: weight },
        score === undefined ? '–' : { show: scoreText(score), value: score },
        gain === undefined ? '–' : { show: signed(gain, 4), value: gain },
      ]),
      { caption: 'Members of the ensemble', sortable: true },
    )}</div></div>${correlations(members)}`;
  },
};

function weights({ members }: Ensemble): Html {
  const rows = members.map(({ name, weight }, i) => ({ i: String(i), name, weight }));
  const names = new Map(rows.map(({ i, name }) => [i, name.length > 20 ? `${name.slice(0, 19)}…` : name]));
  return chart(
    {
      title: 'Weights of the members',
      description: rows.map(({ name, weight }) => `${name} ${fixed(weight, 2)}`).join(', '),
    },
    {
      width: 360,
      height: 40 + 26 * rows.length,
      marginLeft: 140,
      marginRight: 40,
      marginTop: 4,
      x: { axis: null, domain: [0, Math.max(...rows.map(({ weight }) => weight), 1e-9)] },
      y: {
        domain: rows.map(({ i }) => i),
        label: null,
        tickSize: 0,
        tickFormat: (i: string) => names.get(i) ?? i,
      },
      marks: [
        Plot.barX(rows, { x: 'weight', y: 'i', fill: 'var(--accent)', rx: 2, insetTop: 1, insetBottom: 1 }),
        Plot.text(rows, {
          x: 'weight',
          y: 'i',
          text: ({ weight }: { weight: number }) => fixed(weight, 2),
          dx: 6,
          textAnchor: 'start',
        }),
      ],
    },
  );
}

function correlations(members: Ensemble['members']): Html | undefined {
  if (members.length < 2 || members.some(({ errorCorrelation }) => errorCorrelation === undefined))
    return undefined;
  const cell = (value: number | null | undefined) => {
    if (value === null || value === undefined || !Number.isFinite(value))
      return html`<td class="number">–</td>`;
    const share = Math.round(Math.max(0, value) * 60) / 100;
    return html`<td class="number shade" style="--v:${share}">${fixed(value, 2)}</td>`;
  };
  return html`<h3>Correlation of errors</h3><p class="muted">1 means the same mistakes, 0 independent ones. Lower is better.</p><div class="scroll" tabindex="0" role="region" aria-label="Correlation of errors"><table><caption class="hidden">Correlation of the members' errors</caption><thead><tr><td></td>${members.map((_, i) => html`<th scope="col" class="number">${i + 1}</th>`)}</tr></thead><tbody>${members.map(({ name, errorCorrelation = [] }, i) => html`<tr><th scope="row">${i + 1}. ${foreign(name)}</th>${members.map((_, j) => cell(errorCorrelation[j]))}</tr>`)}</tbody></table></div>`;
}
