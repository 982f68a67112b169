import { plural } from '../page/format.ts';
import { html } from '../page/html.ts';
import type { Finding } from '../report-data.ts';
import type { Section } from '../section.ts';
import { image } from '../view.ts';

const ORDER: readonly Finding['severity'][] = ['error', 'warning', 'info'];
const WORDS: Readonly<Record<Finding['severity'], string>> = {
  error: 'Error',
  warning: 'Warning',
  info: 'Note',
};
const MAX_IMAGES = 12;

/** Results of the data checks, errors first: leaks between folds, duplicates, broken files. */
export const findings: Section = {
  id: 'data',
  title: 'Data checks',
  render(view) {
    const all = view.data.findings;
    if (all === undefined) return undefined;
    if (all.length === 0)
      return html`<p class="good">All checks passed: no leaks between folds, no broken images.</p>`;
    const sorted = ORDER.flatMap((severity) => all.filter((finding) => finding.severity === severity));
    return html`<ul class="findings">${sorted.map(
      ({ severity, message, fix, count, images = [] }) =>
        html`<li class="${severity}"><p><span class="chip">${WORDS[severity]}</span> ${message}${count !== undefined && html` <span class="muted">(${plural(count, 'row')})</span>`}</p>${fix !== undefined && html`<p class="fix"><b>Fix:</b> ${fix}</p>`}${images.length > 0 && html`<div class="thumbs">${images.slice(0, MAX_IMAGES).map((key) => image(view, key, key))}</div>`}</li>`,
    )}</ul>`;
  },
};
