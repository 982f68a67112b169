import { parseSettings } from '@podium/core/settings';
import type { Head } from '@podium/dataset';
import { z } from 'zod';
import type { SampleSubmission } from '../csv/read-sample.ts';
import { type BoundForm, type FormSettingsInput, SETTINGS_KEY } from '../forms/form.ts';
import { forms } from '../forms/registry.ts';
import { detectInContext } from './detect-form.ts';
import { type DetectOptions, formContext } from './form-context.ts';

const keepSchema = z.array(z.string());

/**
 * Binds a form to a sample and heads. Settings that are missing, even the form, are detected from the sample.
 * @param settings default: all detected
 * @throws PodiumError `submission-settings`, `settings-invalid`, `registry-unknown-name`, and as {@link detectForm}
 * @example
 * bindForm({ form: 'label', names: { cat: '0', dog: '1' } }, sample, heads);
 */
export function bindForm(
  settings: FormSettingsInput | undefined,
  sample: SampleSubmission,
  heads: readonly Head[],
  options: DetectOptions = {},
): BoundForm {
  const { keep: givenKeep = options.keep ?? [], ...given } = settings ?? {};
  const keep = parseSettings(keepSchema, givenKeep, { prefix: `${SETTINGS_KEY}.keep` });
  const context = formContext(sample, heads, { ...options, keep });
  const detected = given.form === undefined ? detectInContext(context, given) : undefined;
  const form = given.form ?? detected!.form;
  const complete = { ...detected?.settings, ...given, form, ...(keep.length > 0 && { keep }) };
  return forms.get(form).bind(complete, context);
}
