import { confidenceText, count, percent, plural } from '../page/format.ts';
import { ARROW, foreign, type Html, html } from '../page/html.ts';
import type { Label, LabelIssue } from '../report-data.ts';
import type { Section } from '../section.ts';
import { type Agreement, type HeadView, image as imageOf, type View } from '../view.ts';

const MAX_SHOWN = 60;

/**
 * Where predictions agree with fewer labels than this, at most a third of the disagreements are wrong labels even if one
 * label in ten is wrong: then they say nothing about single labels.
 */
const TELLS = 0.7;
/** From here on, what a model disagrees with is a label error often enough to estimate their share. */
const TRUSTED = 0.85;

/** Likely label errors for review; the selected ones are saved as a patch. */
export const labelIssues: Section = {
  id: 'labels',
  title: 'Likely label errors',
  render(view) {
    const heads = view.heads.filter(({ data }) => data.labelIssues !== undefined);
    if (heads.length === 0) return undefined;
    const { issues, telling } = listedIssues(view);
    const several = view.heads.length > 1;
    const texts = heads.map(
      (head) =>
        html`<p class="lead">${several && html`<b>${foreign(head.data.head ?? '')}:</b> `}${sentence(head)}</p>`,
    );
    if (issues.length === 0) return html`${texts}`;
    const form = html`<p>The most suspicious come first${issues.length < suspicious(heads, telling) && `; ${issues.length} are shown`}. Tick the wrong ones, choose an action for each, and save a patch. A patch does not modify the competition's files, contains the old labels, and can be undone.</p>
<form class="patch" id="patch-form"><div class="patch-bar">${canTickAll(heads) && html`<label class="check"><input type="checkbox" id="patch-all"> Tick all</label>`}<output id="patch-count" for="patch-form">None ticked</output><button type="submit" class="primary" id="patch-save" disabled>Save patch</button></div>
<ul class="cards wide">${issues.map((issue, i) => html`<li>${card(view, issue, i, several)}</li>`)}</ul></form>`;
    return telling
      ? html`${texts}${form}`
      : html`${texts}<details><summary>Look at the ${plural(issues.length, 'most suspicious label')} anyway</summary>${form}</details>`;
  },
};

/** The issues that the page lists, in its order, and whether they tell wrong labels from the models' mistakes. */
export function listedIssues({ heads }: Pick<View, 'heads'>): {
  readonly issues: readonly LabelIssue[];
  readonly telling: boolean;
} {
  const ofHeads = (chosen: readonly HeadView[]) =>
    chosen
      .flatMap(({ data }) => data.labelIssues ?? [])
      .toSorted((a, b) => a.quality - b.quality)
      .slice(0, MAX_SHOWN);
  const issues = ofHeads(heads.filter((head) => trust(head) !== 'none'));
  return issues.length > 0 ? { issues, telling: true } : { issues: ofHeads(heads), telling: false };
}

/** How far a head's issues can be trusted. */
function trust({ agreement }: HeadView): 'unknown' | 'none' | 'some' | 'much' {
  if (agreement === undefined) return 'unknown';
  const share = lower(agreement);
  return share < TELLS ? 'none' : share < TRUSTED ? 'some' : 'much';
}

/** A model that knows only the common classes disagrees with every label of the others. */
function lower({ right, rows, classMean }: Agreement): number {
  return Math.min(right / rows, classMean);
}

function suspicious(heads: readonly HeadView[], telling: boolean): number {
  return heads
    .filter((head) => !telling || trust(head) !== 'none')
    .reduce((sum, { data }) => sum + data.labelIssues!.length, 0);
}

function canTickAll(heads: readonly HeadView[]): boolean {
  return heads.every((head) => head.data.labelIssues!.length === 0 || trust(head) === 'much');
}

function sentence(head: HeadView): Html {
  const { data, agreement } = head;
  const number = data.labelIssues!.length;
  const level = trust(head);
  const total = agreement === undefined ? '' : ` of ${count(agreement.rows)}`;
  const right = agreement && percent(agreement.right / agreement.rows);
  const mean = agreement && percent(agreement.classMean);
  const often = right === mean ? html`${right}` : html`${right} (${mean} as the mean over classes)`;
  if (level === 'none') {
    return html`<b>The models cannot tell wrong labels from their own mistakes:</b> they agree with only ${often} of the labels. ${count(number)}${total} ${number === 1 ? 'label looks' : 'labels look'} suspicious to them, but most of these will be right.`;
  }
  if (number === 0) return html`<span class="good">The models found no suspicious label.</span>`;
  const found = html`<b>${count(number)}</b>${total} ${number === 1 ? 'label disagrees' : 'labels disagree'} with the predictions of models that were not trained on ${number === 1 ? 'it' : 'them'}`;
  if (level === 'unknown') return html`${found}. How often the models are right is not known.`;
  if (level === 'some') {
    return html`${found}. The models agree with ${often} of the labels, so many of these may be their mistakes: look at each image.`;
  }
  return html`${found}${data.labelNoise !== undefined && html`; an estimated ${percent(data.labelNoise, 1)} of all labels are wrong`}.`;
}

function card(view: View, issue: LabelIssue, index: number, several: boolean): Html {
  const { id, given, suggested, confidence, quality, image, manifestRow, head } = issue;
  return html`<figure class="card issue">${imageOf(view, image, id, 'thumb')}<figcaption><label class="check"><input type="checkbox" data-issue="${index}"><span class="verdict">${label(given)} ${ARROW}<span class="hidden"> should be </span> <b>${label(suggested)}</b>${confidence !== undefined && html` <span class="muted">${confidenceText(confidence)}</span>`}</span></label><span class="id">${foreign(id)}${several && html` · ${foreign(head)}`} · label quality ${percent(quality)}</span><select data-action="${index}" aria-label="What to do with ${id}"><option value="relabel">Relabel: ${plainLabel(suggested)}</option><option value="unlabel">Remove the label</option>${manifestRow !== undefined && html`<option value="drop">Drop the image</option>`}</select></figcaption></figure>`;
}

function label(value: Label): Html {
  return foreign(plainLabel(value));
}

function plainLabel(value: Label): string {
  return typeof value === 'string' ? value : value.join(', ') || 'nothing';
}
