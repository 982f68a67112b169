import * as Plot from '@observablehq/plot';
import { chart } from '../page/chart.ts';
import { count, intervalText, percent, plural, scoreText } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { HeadResults, Interval, ReportData, Score } from '../report-data.ts';
import type { Section } from '../section.ts';

/** The score, its uncertainty and its meaning; warnings come first. */
export const summary: Section = {
  id: 'summary',
  title: 'Score',
  render({ data }) {
    const { score, metric, verdict = [], facts = {}, folds = [], submission } = data;
    const [first] = folds;
    const several = (data.otherHeads ?? []).length > 0;
    const drawn = !several && (first !== undefined || score.interval !== undefined);
    return html`${warningsOf(data)}
<div class="hero">
<div class="headline">
<p class="metric">${foreign(metric?.name ?? 'Score')}${score.note !== undefined && html`<span class="note">${foreign(score.note)}</span>`}</p>
<p class="big">${scoreText(score.value, score.interval)}</p>
${score.interval !== undefined && html`<p class="interval">95 % interval <b>${intervalText(score.interval)}</b></p>`}
${data.testScore !== undefined && testLine(data.testScore)}
${submission !== undefined && html`<p class="submission">${foreign(submission)}</p>`}
</div>
${drawn && html`<figure class="strip">${strip(data)}<figcaption>${foldCaption(data)}</figcaption></figure>`}
</div>
${headTable(data)}
${Object.keys(facts).length > 0 && html`<dl class="facts">${Object.entries(facts).map(([name, value]) => html`<div><dt>${foreign(name)}</dt><dd>${foreign(value)}</dd></div>`)}</dl>`}
<div class="callout"><h3>What this means</h3>${verdict.map((text) => html`<p>${text}</p>`)}<ul>${explanationOf(data).map((text) => html`<li>${text}</li>`)}</ul></div>`;
  },
};

/** A larger share of rows or images that is left out belongs above the score. */
const LARGE_SHARE = 0.05;
const OF_THE_COMPETITION = /\b(?:rows|images)\b/;

function warningsOf({ warnings = [], findings = [], omissions = [] }: ReportData): Html | undefined {
  const errors = findings.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  const leftOut = omissions
    .filter(({ what, count: number, of }) => OF_THE_COMPETITION.test(what) && number > LARGE_SHARE * of)
    .map(
      ({ what, count: number, of, reason }) =>
        `${count(number)} of ${count(of)} ${what} (${percent(number / of)}) are left out because ${reason}`,
    );
  const all = [...new Set([...warnings, ...leftOut, ...errors])];
  if (all.length === 0) return undefined;
  return html`<div class="warnings" role="note"><h3>${all.length === 1 ? 'Before you trust this score' : `${plural(all.length, 'thing')} to know before you trust this score`}</h3><ul>${all.map((text) => html`<li>${text}</li>`)}</ul></div>`;
}

/** With several heads, the score is the mean of theirs. */
function headTable(data: ReportData): Html | undefined {
  const { otherHeads = [], metric } = data;
  if (otherHeads.length === 0) return undefined;
  const heads: readonly HeadResults[] = [data, ...otherHeads];
  return table(
    [
      { name: 'Head' },
      { name: 'Classes', numeric: true },
      { name: metric?.name ?? 'Score', numeric: true },
      { name: '95 % interval', numeric: true },
      { name: 'Folds', numeric: true },
    ],
    heads.map(({ head, classes, headScore, folds = [] }) => {
      const [low, high] = range(folds.map((fold) => fold.score));
      return [
        foreign(head ?? '–'),
        classes === undefined ? '–' : count(classes.length),
        headScore === undefined ? '–' : scoreText(headScore.value, headScore.interval),
        headScore?.interval === undefined ? '–' : intervalText(headScore.interval),
        folds.length === 0 ? '–' : `${scoreText(low)} to ${scoreText(high)}`,
      ];
    }),
    { caption: 'Score of each head' },
  );
}

function testLine({ value, interval, note }: Score): Html {
  return html`<p class="test">Test set <b>${scoreText(value, interval)}</b>${interval !== undefined && html` <span class="muted">(${intervalText(interval)})</span>`}${note !== undefined && html` <span class="muted">${foreign(note)}</span>`}</p>`;
}

function explanationOf(data: ReportData): Html[] {
  const { score, folds = [], testScore, metric, ensemble, otherHeads = [] } = data;
  const lines: Html[] = [];
  if (metric?.meaning !== undefined) lines.push(html`<b>${foreign(metric.name)}:</b> ${metric.meaning}`);
  if (score.interval !== undefined) {
    lines.push(
      html`<b>Uncertainty:</b> on other images of the same kind, expect ${intervalText(score.interval)}. A change within this range may be luck.`,
    );
  }
  if (otherHeads.length > 0)
    lines.push(html`<b>Heads:</b> the score is the mean of those of ${count(otherHeads.length + 1)} heads.`);
  else if (folds.length > 1) {
    const [low, high] = range(folds.map((fold) => fold.score));
    lines.push(
      html`<b>Folds:</b> the ${folds.length} held-out folds scored ${scoreText(low)} to ${scoreText(high)}.`,
    );
  }
  if (testScore !== undefined && score.interval !== undefined)
    lines.push(againstTest(testScore, score.interval, metric?.better));
  if (otherHeads.length === 0 && ensemble?.fitted !== undefined && ensemble.nested !== undefined) {
    lines.push(
      html`<b>Blending:</b> with weights fitted on other folds the score is ${scoreText(ensemble.nested)}, which is unbiased; fitted on the same rows it would be ${scoreText(ensemble.fitted)}.`,
    );
  }
  return lines;
}

function againstTest(test: Score, { low, high }: Interval, better = 'higher'): Html {
  if (test.value >= low && test.value <= high)
    return html`<b>Test set:</b> the score lies within the interval, as it should if validation is sound.`;
  const worse = better === 'higher' ? test.value < low : test.value > high;
  return worse
    ? html`<b>Test set:</b> the score is worse than the interval. Look for leaks between folds, and for test images of another kind.`
    : html`<b>Test set:</b> the score is better than the interval: the test images may be easier.`;
}

function foldCaption({ folds = [], score, testScore }: ReportData): Html {
  return html`<ul class="legend">${folds.length > 0 && html`<li><span class="key dot"></span>one fold</li>`}${score.interval !== undefined && html`<li><span class="key bar"></span>95 % interval</li>`}<li><span class="key tick"></span>score</li>${testScore !== undefined && html`<li><span class="key diamond"></span>test set</li>`}</ul>`;
}

function strip({ folds = [], score, testScore, metric }: ReportData): Html {
  const { interval, value } = score;
  const rows = folds.map((fold) => ({ x: fold.score, y: `fold ${fold.fold}` }));
  const allRows = 'all rows';
  const rule = interval === undefined ? [] : [{ y: allRows, ...interval }];
  const foldTexts = rows.map(({ x, y }) => `${y} ${scoreText(x)}`).join(', ');
  return chart(
    {
      title: `${metric?.name ?? 'Score'} per fold`,
      description: `All rows ${scoreText(value, interval)}${interval === undefined ? '' : `, interval ${intervalText(interval)}`}${foldTexts === '' ? '' : `; ${foldTexts}`}${testScore === undefined ? '' : `; test set ${scoreText(testScore.value)}`}`,
    },
    {
      width: 360,
      height: 58 + (rows.length > 8 ? 17 : 24) * (rows.length + 1),
      marginLeft: 62,
      marginRight: 14,
      marginTop: 6,
      x: { ticks: 4, label: null, nice: true, inset: 6 },
      y: { domain: [...rows.map(({ y }) => y), allRows], label: null, tickSize: 0 },
      marks: [
        Plot.gridX({ ticks: 4, stroke: 'var(--line)', strokeOpacity: 1 }),
        ...(interval === undefined
          ? []
          : [
              Plot.ruleY(rule, {
                y: 'y',
                x1: 'low',
                x2: 'high',
                stroke: 'var(--accent)',
                strokeWidth: 10,
                strokeOpacity: 0.3,
                strokeLinecap: 'round',
              }),
            ]),
        Plot.dot(rows, { x: 'x', y: 'y', r: rows.length > 8 ? 4 : 5, fill: 'var(--accent)', stroke: 'none' }),
        Plot.tickX([{ x: value, y: allRows }], {
          x: 'x',
          y: 'y',
          stroke: 'var(--accent)',
          strokeWidth: 3,
          inset: 4,
        }),
        ...(testScore === undefined
          ? []
          : [
              Plot.dot([{ x: testScore.value, y: allRows }], {
                x: 'x',
                y: 'y',
                r: 6,
                symbol: 'diamond',
                fill: 'var(--ink)',
                stroke: 'none',
              }),
            ]),
      ],
    },
  );
}

function range(values: readonly number[]): [number, number] {
  return [
    values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
}
