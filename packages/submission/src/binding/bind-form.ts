import { type Decision, PodiumError } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import type { Head } from '@podium/dataset';
import { z } from 'zod';
import type { SampleSubmission } from '../csv/read-sample.ts';
import {
  type BoundForm,
  FORM_KEY,
  type FormBinding,
  type FormContext,
  type FormSettingsInput,
  OPTIONS_KEY,
} from '../forms/form.ts';
import { forms } from '../forms/registry.ts';
import { completed } from './complete-binding.ts';
import { type DetectedForm, detectInContext } from './detect-form.ts';
import { type DetectOptions, formContext } from './form-context.ts';
import { metricVeto } from './veto.ts';

const keepSchema = z.array(z.string());

/**
 * Binds a form to a sample and heads. Settings that are missing, even the form, are detected from the sample; what was chosen
 * is in `decisions`.
 * @param settings default: all detected
 * @throws PodiumError `submission-settings`, `settings-invalid`, `registry-unknown-name`; `submission-metric` if the metric
 * cannot be computed from what the form writes; and as {@link detectForm}
 * @example
 * bindForm({ form: 'label', names: { cat: '0', dog: '1' } }, sample, heads);
 */
export function bindForm(
  settings: FormSettingsInput | undefined,
  sample: SampleSubmission,
  heads: readonly Head[],
  options: DetectOptions = {},
): BoundForm {
  const { keep: givenKeep = options.keep ?? [], form: named, ...given } = settings ?? {};
  const keep = parseSettings(keepSchema, givenKeep, { prefix: `${OPTIONS_KEY}.keep` });
  const context = formContext(sample, heads, { ...options, keep });
  const detected = named === undefined ? detectInContext(context, given) : undefined;
  const form = named ?? detected!.form;
  const left = [...keep, ...context.kept.keys()];
  const complete = { ...detected?.settings, ...given, form, ...(left.length > 0 && { keep: left }) };
  const binding = forms.get(form).bind(complete, context);
  const bound = completed(binding);
  const veto = metricVeto(bound, context, named !== undefined);
  if (veto !== undefined) {
    throw new PodiumError({
      code: 'submission-metric',
      path: { key: named === undefined ? OPTIONS_KEY : FORM_KEY },
      message: `the metric cannot be computed from a submission of the form "${form}": ${veto.why}`,
      fix: veto.fix,
    });
  }
  return { ...bound, decisions: decisionsOf(binding, context, given, detected) };
}

/** Everything that `given` does not say, in the order of the form's settings. */
function decisionsOf(
  { settings, choices = [] }: FormBinding,
  { kept, sample }: FormContext,
  given: FormSettingsInput,
  detected: DetectedForm | undefined,
): Decision[] {
  const decisions: Decision[] = [];
  if (detected !== undefined) {
    const reason = `${sample.file}: ${detected.evidence.join(', ')}`;
    decisions.push({ key: FORM_KEY, value: detected.form, reason });
  }
  const told = new Set(['form', 'keep', ...Object.keys(given)]);
  for (const { key, value, reason } of choices) {
    if (told.has(key)) continue;
    told.add(key);
    decisions.push({ key: `${OPTIONS_KEY}.${key}`, value, reason });
  }
  for (const [key, value] of Object.entries(settings)) {
    if (told.has(key) || value === undefined) continue;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    decisions.push({ key: `${OPTIONS_KEY}.${key}`, value: text, reason: 'the default' });
  }
  for (const [name, reason] of kept)
    decisions.push({ key: `${OPTIONS_KEY}.keep`, value: JSON.stringify(name), reason });
  return decisions;
}
