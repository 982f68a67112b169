import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import type { SampleSubmission } from '../csv/read-sample.ts';
import {
  type FormContext,
  type FormDetection,
  type FormSettings,
  type FormSettingsInput,
  SETTINGS_KEY,
} from '../forms/form.ts';
import { forms } from '../forms/registry.ts';
import { type DetectOptions, formContext } from './form-context.ts';

/** Below this confidence, asking is better than guessing. */
const MIN_CONFIDENCE = 0.5;
/** Two forms this close are ambiguous. */
const MIN_MARGIN = 0.05;

/** The form that fits a sample submission best. */
export interface DetectedForm {
  readonly form: string;
  readonly confidence: number;
  /** Short clauses that say why. */
  readonly evidence: readonly string[];
  /** Settings for {@link bindForm} and for the competition's settings. */
  readonly settings: FormSettings;
  /** Other candidates, likeliest first. */
  readonly alternatives: readonly { readonly form: string; readonly confidence: number }[];
}

/**
 * Detects the form of a submission from the sample's header and cells, and from the heads and their classes.
 * @throws PodiumError `submission-form-unknown` if no form fits; `submission-form-unclear` if several do, or if the sample
 * leaves a setting open. Both name the setting to add.
 */
export function detectForm(
  sample: SampleSubmission,
  heads: readonly Head[],
  options: DetectOptions = {},
): DetectedForm {
  const { keep = [] } = options;
  const detected = detectInContext(formContext(sample, heads, options));
  return keep.length === 0 ? detected : { ...detected, settings: { ...detected.settings, keep } };
}

/** @param given settings that users made: they may answer what the sample leaves open */
export function detectInContext(context: FormContext, given: FormSettingsInput = {}): DetectedForm {
  const candidates = [...forms]
    .map(({ name, detect }) => ({ form: name, detection: detect(context) }))
    .filter((item): item is { form: string; detection: FormDetection } => item.detection !== undefined)
    .sort((a, b) => b.detection.confidence - a.detection.confidence || (a.form < b.form ? -1 : 1));
  const [first, second] = candidates;
  if (first === undefined || first.detection.confidence < MIN_CONFIDENCE) throw unknownForm(context);
  if (second !== undefined && first.detection.confidence - second.detection.confidence < MIN_MARGIN) {
    throw new PodiumError({
      code: 'submission-form-unclear',
      message: 'the sample submission fits several forms',
      path: { file: context.sample.file },
      expected: candidates.map(({ form }) => form),
      got: [first, second]
        .map(({ form, detection }) => `${form} (${detection.evidence.join(', ')})`)
        .join('; '),
      fix: `set ${SETTINGS_KEY}.form to the right one`,
    });
  }
  const { confidence, evidence, required, settings } = first.detection;
  if (required !== undefined && !Object.hasOwn(given, required.key)) throw required.error;
  return {
    form: first.form,
    confidence,
    evidence,
    settings: { ...settings, form: first.form },
    alternatives: candidates
      .slice(1)
      .map(({ form, detection }) => ({ form, confidence: detection.confidence })),
  };
}

function unknownForm({ sample, columns, heads, summary }: FormContext): PodiumError {
  const shown = columns.slice(0, 3).map((name) => {
    const examples = [...summary(name).values].slice(0, 3).map((value) => JSON.stringify(value));
    return `"${name}" with ${examples.length === 0 ? 'empty cells' : examples.join(', ')}`;
  });
  const known = heads.map(({ name, task, classes }) => `${name} (${task}, ${classes.length} classes)`);
  return new PodiumError({
    code: 'submission-form-unknown',
    message: `no form fits the sample submission; the heads are ${known.join(', ') || 'none'}`,
    path: { file: sample.file },
    expected: forms.names(),
    got: `${columns.length} columns to fill: ${shown.join('; ')}${columns.length > shown.length ? '; ...' : ''}`,
    fix: `set ${SETTINGS_KEY}.form and its settings, such as { form: label, head: ${heads[0]?.name ?? 'breed'} }; list columns to leave unchanged in ${SETTINGS_KEY}.keep`,
  });
}
