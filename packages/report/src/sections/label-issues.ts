import { confidenceText, percent, plural } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import type { Label, LabelIssue } from '../report-data.ts';
import type { Section } from '../section.ts';
import { image as imageOf, type View } from '../view.ts';

const MAX_SHOWN = 60;

/** Likely label errors for review; the selected ones are saved as a patch. */
export const labelIssues: Section = {
  id: 'labels',
  title: 'Likely label errors',
  render(view) {
    const { labelIssues: issues, labelNoise } = view.data;
    if (issues === undefined) return undefined;
    if (issues.length === 0) return html`<p class="good">The models found no suspicious label.</p>`;
    const shown = shownIssues(issues);
    return html`<p class="lead">${plural(issues.length, 'label')} ${issues.length === 1 ? 'disagrees' : 'disagree'} with the predictions of models that were not trained on ${issues.length === 1 ? 'it' : 'them'}${labelNoise !== undefined && html`; an estimated ${percent(labelNoise, 1)} of all labels are wrong`}. The most suspicious come first${shown.length < issues.length && `; ${shown.length} are shown`}. Tick the wrong ones, choose an action for each, and save a patch. A patch does not modify the competition's files, contains the old labels, and can be undone.</p>
<form class="patch" id="patch-form"><div class="patch-bar"><label class="check"><input type="checkbox" id="patch-all"> Tick all</label><output id="patch-count" for="patch-form">None ticked</output><button type="submit" class="primary" id="patch-save" disabled>Save patch</button></div>
<ul class="cards wide">${shown.map((issue, i) => html`<li>${card(view, issue, i)}</li>`)}</ul></form>`;
  },
};

export function shownIssues(issues: readonly LabelIssue[]): readonly LabelIssue[] {
  return issues.slice(0, MAX_SHOWN);
}

function card(view: View, issue: LabelIssue, index: number): Html {
  const { id, given, suggested, confidence, quality, image, manifestRow, head } = issue;
  const several = new Set(view.data.labelIssues?.map((other) => other.head)).size > 1;
  return html`<figure class="card issue">${imageOf(view, image, id, 'thumb')}<figcaption><label class="check"><input type="checkbox" data-issue="${index}"><span class="verdict">${label(given)} <span class="arrow" aria-hidden="true">→</span><span class="hidden"> should be </span> <b>${label(suggested)}</b>${confidence !== undefined && html` <span class="muted">${confidenceText(confidence)}</span>`}</span></label><span class="id">${foreign(id)}${several && html` · ${foreign(head)}`} · label quality ${percent(quality)}</span><select data-action="${index}" aria-label="What to do with ${id}"><option value="relabel">Relabel: ${plainLabel(suggested)}</option><option value="unlabel">Remove the label</option>${manifestRow !== undefined && html`<option value="drop">Drop the image</option>`}</select></figcaption></figure>`;
}

function label(value: Label): Html {
  return foreign(plainLabel(value));
}

function plainLabel(value: Label): string {
  return typeof value === 'string' ? value : value.join(', ') || 'nothing';
}
