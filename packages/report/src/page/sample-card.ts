import type { PredictedSample, View } from '../view.ts';
import { image as imageOf } from '../view.ts';
import { confidenceText } from './format.ts';
import { ARROW, foreign, type Html, html } from './html.ts';

/** An image with its true and predicted class. The page's script makes equal cards for the confusion matrix. */
export function sampleCard(
  view: View,
  classes: readonly string[],
  { id, truth, predicted, confidence, fold, image }: PredictedSample,
): Html {
  const name = (index: number) => foreign(classes[index] ?? String(index));
  return html`<figure class="card">${imageOf(view, image, id)}<figcaption><span class="verdict">${name(truth)} ${ARROW}<span class="hidden"> predicted as </span> <b class="${truth === predicted ? 'right' : 'wrong'}">${name(predicted)}</b>${confidence !== undefined && html` <span class="muted">${confidenceText(confidence)}</span>`}</span><span class="id">${foreign(id)}${fold !== undefined && html` · fold ${foreign(fold)}`}</span></figcaption></figure>`;
}
