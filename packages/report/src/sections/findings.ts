import { plural } from '../page/format.ts';
import { html } from '../page/html.ts';
import type { Finding } from '../report-data.ts';
import type { Section } from '../section.ts';
import { image } from '../view.ts';

const ORDER: readonly Finding['severity'][] = ['error', 'warning', 'info'];
const WORDS: Readonly<Record<Finding['severity'], string>> = {
  error: 'Problem',
  warning: 'Warning',
  info: 'Good to know',
};
const MOST_IMAGES = 12;

/** What the checks of the data found: leaks between folds, duplicates, broken files. The worst come first. */
export const findings: Section = {
  id: 'data',
  title: 'Data and leaks',
  render(view) {
    const all = view.data.findings;
    if (all === undefined) return undefined;
    if (all.length === 0)
      return html`<p class="good">The checks found nothing: no leak between folds, no broken image.</p>`;
    const sorted = ORDER.flatMap((severity) => all.filter((finding) => finding.severity === severity));
    return html`<ul class="findings">${sorted.map(
      ({ severity, message, fix, count, images = [] }) =>
        html`<li class="${severity}"><p><span class="chip">${WORDS[severity]}</span> ${message}${count !== undefined && html` <span class="muted">${plural(count, 'row')}</span>`}</p>${fix !== undefined && html`<p class="fix"><b>What to do:</b> ${fix}</p>`}${images.length > 0 && html`<div class="thumbs">${images.slice(0, MOST_IMAGES).map((key) => image(view, key, key))}</div>`}</li>`,
    )}</ul>`;
  },
};
