import { confidenceText, plural } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import type { PredictedSample, View } from '../view.ts';
import { image as imageOf } from '../view.ts';
import { type Pair, type PairSection, sharedRows } from './pair.ts';

const MOST = 18;

/** The very images that one run gets right and the other does not. */
export const images: PairSection = {
  id: 'images',
  title: 'Image by image',
  render(pair) {
    const shared = sharedRows(pair);
    if (shared.length === 0) return undefined;
    const isRight = ({ truth, predicted }: PredictedSample) => truth === predicted;
    const fixed = shared.filter(({ before, after }) => !isRight(before) && isRight(after));
    const broken = shared.filter(({ before, after }) => isRight(before) && !isRight(after));
    const both = shared.filter(({ before, after }) => !isRight(before) && !isRight(after)).length;
    return html`<p class="lead">Of ${plural(shared.length, 'image')} in both runs, B puts ${fixed.length} right that A had wrong, and gets ${broken.length} wrong that A had right; ${both} are wrong in both.</p>
<h3>Right in B alone <span class="muted">${fixed.length}</span></h3>${cards(pair, fixed)}
<h3>Right in A alone <span class="muted">${broken.length}</span></h3>${cards(pair, broken)}`;
  },
};

function cards(
  pair: Pair,
  rows: readonly { readonly before: PredictedSample; readonly after: PredictedSample }[],
): Html {
  if (rows.length === 0) return html`<p class="muted">None.</p>`;
  return html`<ul class="cards">${rows
    .slice(0, MOST)
    .map(
      ({ before, after }) =>
        html`<li><figure class="card">${imageOf(pair.a, before.image ?? after.image, before.id)}<figcaption><span class="verdict">${foreign(pair.a.classes[before.truth]!)}</span>${says('A', pair.a, before)}${says('B', pair.b, after)}<span class="id">${foreign(before.id)}</span></figcaption></figure></li>`,
    )}</ul>${rows.length > MOST && html`<p class="muted">and ${rows.length - MOST} more</p>`}`;
}

function says(name: string, { classes }: View, { truth, predicted, confidence }: PredictedSample): Html {
  return html`<span>${name}: <b class="${truth === predicted ? 'right' : 'wrong'}">${foreign(classes[predicted]!)}</b>${confidence !== undefined && html` <span class="muted">${confidenceText(confidence)}</span>`}</span>`;
}
