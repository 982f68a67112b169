import { count, percent } from '../page/format.ts';
import { foreign, type Html, html } from '../page/html.ts';
import { table } from '../page/table.ts';
import type { ReportData, SubmissionChecks } from '../report-data.ts';
import type { Section } from '../section.ts';

/** What the run left out, what it chose because no setting says it, and what the linter says about its submission. */
export const choices: Section = {
  id: 'choices',
  title: 'Left out, chosen, checked',
  render({ data: { omissions, decisions, submissionChecks } }) {
    const parts = [
      omissions && leftOut(omissions),
      decisions && chosen(decisions),
      submissionChecks && checked(submissionChecks),
    ].filter((part) => part !== undefined);
    if (parts.length === 0) return undefined;
    return html`<p class="lead">What this run did not use, what it decided where no setting does, and what the checks of its submission found.</p>${parts}`;
  },
};

function leftOut(omissions: NonNullable<ReportData['omissions']>): Html {
  if (omissions.length === 0) return html`<h3>Left out</h3><p class="good">Nothing was left out.</p>`;
  return html`<h3>Left out</h3>${table(
    [
      { name: 'What' },
      { name: 'Left out', numeric: true },
      { name: 'Of', numeric: true },
      { name: 'Share', numeric: true },
      { name: 'Because', text: true },
      { name: 'Examples', text: true },
    ],
    omissions.map(({ what, count: number, of, reason, examples }) => [
      foreign(what),
      count(number),
      count(of),
      of > 0 ? percent(number / of, number > 0 && number / of < 0.1 ? 1 : 0) : '–',
      foreign(reason),
      html`${examples.map((example, i) => html`${i > 0 && ', '}${foreign(example)}`)}${examples.length < number && examples.length > 0 && ', ...'}`,
    ]),
    { caption: 'What was left out' },
  )}`;
}

function chosen(decisions: NonNullable<ReportData['decisions']>): Html {
  if (decisions.length === 0)
    return html`<h3>Chosen by the run</h3><p class="good">Every choice was made by a setting.</p>`;
  return html`<h3>Chosen by the run</h3><p class="muted">To choose otherwise, set the key; one that begins with the name of a model is a setting of that model.</p>${table(
    [{ name: 'Setting' }, { name: 'Value', text: true }, { name: 'Why', text: true }],
    decisions.map(({ key, value, reason }) => [html`<code>${key}</code>`, foreign(value), foreign(reason)]),
    { caption: 'What the run chose because no setting says it' },
  )}`;
}

function checked({ rows, form, findings }: SubmissionChecks): Html {
  const what = html`${count(rows)} rows${form !== undefined && html`, written as ${foreign(form)}`}`;
  if (findings.length === 0)
    return html`<h3>The submission</h3><p class="good">The linter found nothing wrong with it: ${what}.</p>`;
  return html`<h3>The submission</h3><p>What the linter found in its ${what}:</p><ul class="findings">${findings.map(
    ({ rule, severity, message, fix }) =>
      html`<li class="${severity}"><p><span class="chip">${severity === 'error' ? 'Error' : 'Warning'}</span> ${foreign(rule)}: ${foreign(message)}</p>${fix !== undefined && html`<p class="fix"><b>Fix:</b> ${foreign(fix)}</p>`}</li>`,
  )}</ul>`;
}
