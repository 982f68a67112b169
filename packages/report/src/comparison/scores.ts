import { intervalText, scoreText, signed } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { ReportData } from '../report-data.ts';
import { directionOf, lowerIsBetter, type Pair, type PairSection, TAG_A, TAG_B } from './pair.ts';

/** Which run is better, and whether the difference is significant. */
export const scores: PairSection = {
  id: 'scores',
  title: 'Scores',
  render(pair) {
    const [a, b] = [pair.a.data, pair.b.data];
    return html`${warningsOf(a, b)}<div class="versus">${run(a, TAG_A)}${run(b, TAG_B)}</div>
<div class="callout"><h3>What this means</h3>${verdict(pair)}</div>${folds(a, b)}`;
  },
};

function warningsOf(
  { warnings: ofA = [] }: ReportData,
  { warnings: ofB = [] }: ReportData,
): Html | undefined {
  const all = [...new Set([...ofA, ...ofB])];
  if (all.length === 0) return undefined;
  return html`<div class="warnings" role="note"><h3>Before you trust these scores</h3><ul>${all.map(
    (text) => html`<li>${ofA.includes(text) && TAG_A} ${ofB.includes(text) && TAG_B} ${text}</li>`,
  )}</ul></div>`;
}

function run({ title, score, metric, testScore, submission }: ReportData, tag: Html): Html {
  return html`<div><p class="run-name">${tag} <bdi>${title}</bdi></p><p class="metric"><span class="note">${foreign(metric?.name ?? 'Score')}</span></p><p class="big">${scoreText(score.value, score.interval)}</p>${score.interval !== undefined && html`<p class="interval">95 % interval <b>${intervalText(score.interval)}</b></p>`}${testScore !== undefined && html`<p class="test">Test set <b>${scoreText(testScore.value)}</b></p>`}${submission !== undefined && html`<p class="submission">${foreign(submission)}</p>`}</div>`;
}

function verdict({ a, b, difference }: Pair): Html {
  if ((a.data.metric?.name ?? '') !== (b.data.metric?.name ?? ''))
    return html`<p>The runs use different metrics: their scores cannot be compared.</p>`;
  const change = difference?.value ?? b.data.score.value - a.data.score.value;
  const better = directionOf(change, a.data);
  const amount = html`<b class="${better}">${signed(change, Math.abs(change) < 0.01 ? 4 : 3)}</b>`;
  const name = better === 'up' ? TAG_B : TAG_A;
  if (change === 0) return html`<p>Both score the same.</p>`;
  const interval = difference?.interval;
  if (interval === undefined) {
    return html`<p>From A to B the score changes by ${amount}${lowerIsBetter(a.data) && ' (lower is better)'}. It is not known whether that is more than luck: the interval of the difference is missing.</p>`;
  }
  if (interval.low <= 0 && interval.high >= 0) {
    return html`<p><b>Within noise.</b> From A to B the score changes by ${amount} (95 % interval ${signed(interval.low)} to ${signed(interval.high)}, compared image by image). The data do not show a difference: choose the simpler run, or train more folds and seeds.</p>`;
  }
  return html`<p>${name} <b>is better.</b> From A to B the score changes by ${amount} (95 % interval ${signed(interval.low)} to ${signed(interval.high)}, compared image by image), which is more than luck.</p>`;
}

function folds(a: ReportData, b: ReportData): Html | undefined {
  const scoresOfB = new Map((b.folds ?? []).map((fold) => [String(fold.fold), fold.score]));
  const shared = (a.folds ?? []).flatMap(({ fold, score }) => {
    const other = scoresOfB.get(String(fold));
    return other === undefined ? [] : [{ fold, score, other }];
  });
  if (shared.length === 0) return undefined;
  const wins = shared.filter(({ score, other }) => directionOf(other - score, a) === 'up').length;
  return html`<h3>Scores per fold</h3><p class="muted">B is better in ${wins} of ${shared.length} folds.</p>${table(
    [
      { name: 'Fold' },
      { name: 'A', numeric: true },
      { name: 'B', numeric: true },
      { name: 'Change', numeric: true },
    ],
    shared.map(({ fold, score, other }) => [
      html`fold ${foreign(fold)}`,
      scoreText(score),
      scoreText(other),
      {
        show: html`<span class="${directionOf(other - score, a)}">${signed(other - score)}</span>`,
        value: other - score,
      },
    ]),
    { caption: 'Scores per fold', sortable: true },
  )}`;
}
