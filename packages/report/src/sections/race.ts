import * as Plot from '@observablehq/plot';
import { chart, namedRows } from '../page/chart.ts';
import { count, duration, intervalText, scoreText } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { Race, RaceRow } from '../report-data.ts';
import type { Section } from '../section.ts';

/** Which ways to train were tried on one fold, and which went on. */
export const race: Section = {
  id: 'race',
  title: 'Race',
  render({ data: { race: found, metric } }) {
    if (found === undefined || found.rows.length === 0) return undefined;
    const { limitSeconds, usedSeconds, fold, ended, rows } = found;
    const name = metric?.name ?? 'Score';
    return html`<p class="lead">Ways to train were tried on fold ${fold}, whose images no score on this page counts. Trials are short, so their scores are lower than those of the trainings that followed. The last training ended after ${duration(usedSeconds)} of ${duration(limitSeconds)}: ${foreign(ended)}.</p>
<figure>${forest(found, name)}</figure>${table(
      [
        { name: 'Round', numeric: true },
        { name: 'Tried' },
        { name: name, numeric: true },
        { name: '95 % interval', numeric: true },
        { name: 'Epochs x images', numeric: true },
        { name: 'Time', numeric: true },
        { name: 'Outcome', text: true },
      ],
      rows.map((row) => [
        count(row.round),
        foreign(row.name),
        row.score === undefined ? '–' : scoreText(row.score.value, row.score.interval),
        row.score?.interval === undefined ? '–' : intervalText(row.score.interval),
        row.epochs === undefined ? '–' : `${count(row.epochs)} x ${count(row.images ?? 0)}`,
        row.seconds === undefined ? '–' : duration(row.seconds),
        outcome(row),
      ]),
      { caption: 'What was tried' },
    )}`;
  },
};

function outcome({ kept, reason, score }: RaceRow): Html {
  const what = kept ? 'kept' : score === undefined ? 'not tried' : 'stopped';
  return html`<span class="chip">${what}</span> ${foreign(reason)}`;
}

function forest({ rows }: Race, metric: string): Html {
  const tried = rows.flatMap((row) => (row.score === undefined ? [] : [{ ...row, score: row.score }]));
  const names = tried.map(({ name, round }) => (round === 1 ? name : `${name}, round ${round}`));
  const dots = tried.map(({ score, kept }, i) => ({ i, x: score.value, kept }));
  const intervals = tried.flatMap(({ score: { interval }, kept }, i) =>
    interval === undefined ? [] : [{ i, ...interval, kept }],
  );
  const stroke = ({ kept }: { readonly kept: boolean }) => (kept ? 'var(--accent)' : 'var(--muted)');
  const axis = namedRows(names);
  return chart(
    {
      title: `${metric} of each trial`,
      description: tried
        .map(({ score }, i) => `${names[i]} ${scoreText(score.value, score.interval)}`)
        .join('; '),
    },
    {
      width: 230 + axis.marginLeft,
      height: 44 + 26 * dots.length,
      marginRight: 14,
      marginTop: 6,
      x: { ticks: 4, label: null, nice: true, inset: 6 },
      ...axis,
      color: { type: 'identity' },
      marks: [
        Plot.gridX({ ticks: 4, stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.ruleY(intervals, {
          y: 'i',
          x1: 'low',
          x2: 'high',
          stroke,
          strokeWidth: 10,
          strokeOpacity: 0.3,
          strokeLinecap: 'round',
        }),
        Plot.dot(dots, { x: 'x', y: 'i', r: 5, fill: stroke, stroke: 'none' }),
      ],
    },
  );
}
