import { forest } from '../page/forest.ts';
import { intervalText, scoreText, signed } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { HeadResults, Interval, ModelScore, Score } from '../report-data.ts';
import type { Section } from '../section.ts';
import { perHead } from '../view.ts';

/** Each model by itself, and what blending them gains. */
export const models: Section = {
  id: 'models',
  title: 'Models',
  render(view) {
    const { metric, score } = view.data;
    const name = metric?.name ?? 'Score';
    const all = perHead(view, ({ data }) =>
      data.models === undefined || data.models.length === 0
        ? undefined
        : oneHead(data.models, name, blendScore(data, view.heads.length > 1 ? undefined : score)),
    );
    if (all === undefined) return undefined;
    const several = view.heads.some(({ data }) => (data.models?.length ?? 0) > 1);
    return html`<p class="lead">The score of each model by itself, on images that it was not trained on, with its 95&nbsp;% interval.${several && ' Intervals that overlap may still differ: the gain of the blend is compared image by image.'}${metric?.better === 'lower' && ' Lower is better.'}</p>
${all}`;
  },
};

function blendScore({ headScore }: HeadResults, score: Score | undefined): Score | undefined {
  return headScore ?? score;
}

function oneHead(all: readonly ModelScore[], metric: string, blend: Score | undefined): Html {
  const several = all.length > 1;
  const rows = [
    ...all.map(({ name, score }) => ({ name, score, isBlend: false })),
    ...(several && blend !== undefined ? [{ name: 'the blend of all', score: blend, isBlend: true }] : []),
  ];
  return html`<figure>${scores(rows, metric)}</figure>${table(
    [
      { name: 'Model' },
      { name: metric, numeric: true },
      { name: '95 % interval', numeric: true },
      ...(several ? [{ name: 'Blend minus model', numeric: true }] : []),
    ],
    all.map(({ name, score, blendGain }) => [
      { show: foreign(name), value: name },
      { show: scoreText(score.value, score.interval), value: score.value },
      score.interval === undefined ? '–' : { show: intervalText(score.interval), value: score.interval.low },
      ...(several
        ? [blendGain === undefined ? '–' : { show: gainText(blendGain), value: blendGain.value }]
        : []),
    ]),
    { caption: 'Scores of the models', sortable: true },
  )}`;
}

function gainText({ value, interval, withinNoise }: NonNullable<ModelScore['blendGain']>): Html {
  const limits =
    interval && html` <span class="muted">(${signed(interval.low)} to ${signed(interval.high)})</span>`;
  return html`${signed(value)}${limits}${withinNoise && html`<br><span class="muted">within noise</span>`}`;
}

function scores(
  all: readonly { readonly name: string; readonly score: Score; readonly isBlend: boolean }[],
  metric: string,
): Html {
  const text = (interval: Interval | undefined) =>
    interval === undefined ? '' : `, interval ${intervalText(interval)}`;
  return forest(
    all.map(({ name, score, isBlend }) => ({
      name,
      value: score.value,
      interval: score.interval,
      color: isBlend ? 'var(--ink)' : 'var(--accent)',
    })),
    {
      title: `${metric} of each model`,
      description: all
        .map(({ name, score }) => `${name} ${scoreText(score.value, score.interval)}${text(score.interval)}`)
        .join('; '),
    },
  );
}
