import { confidenceText, plural } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import type { PredictedSample, View } from '../view.ts';
import { image as imageOf } from '../view.ts';
import { type Pair, type PairSection, sharedRows } from './pair.ts';

const MAX_SHOWN = 18;

/** Images that only one of the runs gets right. */
export const images: PairSection = {
  id: 'images',
  title: 'Images',
  render(pair) {
    const shared = sharedRows(pair);
    if (shared.length === 0) return undefined;
    const isRight = ({ truth, predicted }: PredictedSample) => truth === predicted;
    const fixed = shared.filter(({ before, after }) => !isRight(before) && isRight(after));
    const broken = shared.filter(({ before, after }) => isRight(before) && !isRight(after));
    const both = shared.filter(({ before, after }) => !isRight(before) && !isRight(after)).length;
    return html`<p class="lead">Of ${plural(shared.length, 'image')} in both runs, B fixes ${plural(fixed.length, 'mistake')} of A and makes ${broken.length} new ones; ${plural(both, 'image')} ${both === 1 ? 'is' : 'are'} wrong in both.</p>
<h3>Correct only in B <span class="muted">${fixed.length}</span></h3>${cards(pair, fixed)}
<h3>Correct only in A <span class="muted">${broken.length}</span></h3>${cards(pair, broken)}`;
  },
};

function cards(
  pair: Pair,
  rows: readonly { readonly before: PredictedSample; readonly after: PredictedSample }[],
): Html {
  if (rows.length === 0) return html`<p class="muted">None.</p>`;
  return html`<ul class="cards">${rows
    .slice(0, MAX_SHOWN)
    .map(
      ({ before, after }) =>
        html`<li><figure class="card">${imageOf(pair.a, before.image ?? after.image, before.id)}<figcaption><span class="verdict">${foreign(pair.a.classes[before.truth]!)}</span>${prediction('A', pair.a, before)}${prediction('B', pair.b, after)}<span class="id">${foreign(before.id)}</span></figcaption></figure></li>`,
    )}</ul>${rows.length > MAX_SHOWN && html`<p class="muted">and ${rows.length - MAX_SHOWN} more</p>`}`;
}

function prediction(
  name: string,
  { classes }: View,
  { truth, predicted, confidence }: PredictedSample,
): Html {
  return html`<span>${name}: <b class="${truth === predicted ? 'right' : 'wrong'}">${foreign(classes[predicted]!)}</b>${confidence !== undefined && html` <span class="muted">${confidenceText(confidence)}</span>`}</span>`;
}
