import { forest } from '../page/forest.ts';
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
<figure>${trials(found, name)}</figure>${table(
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

function trials({ rows }: Race, metric: string): Html {
  const tried = rows.flatMap(({ name, round, score, kept }) =>
    score === undefined
      ? []
      : [
          {
            name: round === 1 ? name : `${name}, round ${round}`,
            value: score.value,
            interval: score.interval,
            color: kept ? 'var(--accent)' : 'var(--muted)',
          },
        ],
  );
  return forest(tried, {
    title: `${metric} of each trial`,
    description: tried.map(({ name, value, interval }) => `${name} ${scoreText(value, interval)}`).join('; '),
  });
}
