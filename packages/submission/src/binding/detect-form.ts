import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import { yamlText } from '../columns/show-names.ts';
import type { SampleSubmission } from '../csv/read-sample.ts';
import {
  FORM_KEY,
  type FormContext,
  type FormDetection,
  type FormSettings,
  type FormSettingsInput,
  OPTIONS_KEY,
  type SubmissionForm,
  type Veto,
} from '../forms/form.ts';
import { forms } from '../forms/registry.ts';
import { completed } from './complete-binding.ts';
import { type DetectOptions, formContext } from './form-context.ts';
import { cellVeto, metricVeto } from './veto.ts';

/** Below this confidence, asking is better than guessing. */
const MIN_CONFIDENCE = 0.5;
/** Sure enough to advise on what fits. */
const SURE = 0.85;
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
 * Detects the form of a submission from the sample's header and cells, from the heads and their classes, and from what the
 * metric needs. Cells and metric may rule a form out.
 * @throws PodiumError `submission-form-unknown` if no form fits, naming the nearest one and why it does not;
 * `submission-form-unclear` if several do, or if the sample leaves a setting open. Both name the setting to add.
 */
export function detectForm(
  sample: SampleSubmission,
  heads: readonly Head[],
  options: DetectOptions = {},
): DetectedForm {
  const context = formContext(sample, heads, options);
  const detected = detectInContext(context);
  const keep = [...(options.keep ?? []), ...context.kept.keys()];
  return keep.length === 0 ? detected : { ...detected, settings: { ...detected.settings, keep } };
}

interface Candidate {
  readonly form: SubmissionForm;
  readonly detection: FormDetection;
  readonly veto: Veto | undefined;
}

/** @param given settings that users made: they may answer what the sample leaves open */
export function detectInContext(context: FormContext, given: FormSettingsInput = {}): DetectedForm {
  const candidates = candidatesOf(context, given);
  const fitting = candidates.filter(
    ({ veto, detection }) => veto === undefined && detection.confidence >= MIN_CONFIDENCE,
  );
  const [first, second] = fitting;
  if (first === undefined) throw unknownForm(context, candidates, given);
  if (second !== undefined && first.detection.confidence - second.detection.confidence < MIN_MARGIN) {
    throw new PodiumError({
      code: 'submission-form-unclear',
      message: 'the sample submission fits several forms',
      path: { file: context.sample.file },
      expected: fitting.map(({ form }) => form.name),
      got: [first, second]
        .map(({ form, detection }) => `${form.name} (${detection.evidence.join(', ')})`)
        .join('; '),
      fix: `set ${FORM_KEY}: ${first.form.name} or ${FORM_KEY}: ${second.form.name}`,
    });
  }
  const { confidence, evidence, required, settings } = first.detection;
  if (required !== undefined && !Object.hasOwn(given, required.key)) throw required.error;
  return {
    form: first.form.name,
    confidence,
    evidence,
    settings: { ...settings, form: first.form.name },
    alternatives: fitting
      .slice(1)
      .map(({ form, detection }) => ({ form: form.name, confidence: detection.confidence })),
  };
}

/** Every form of the right shape, likeliest first, with what rules it out. */
function candidatesOf(context: FormContext, given: FormSettingsInput): Candidate[] {
  return [...forms]
    .flatMap((form): Candidate[] => {
      const detection = form.detect(context);
      if (detection === undefined) return [];
      const { veto } = detection;
      const isAnswered = veto?.key !== undefined && Object.hasOwn(given, veto.key);
      const own = isAnswered ? undefined : veto;
      return [{ form, detection, veto: own ?? vetoOf(form, detection, context, given) }];
    })
    .sort((a, b) => b.detection.confidence - a.detection.confidence || (a.form.name < b.form.name ? -1 : 1));
}

/** Binds the form as it was detected, and compares what it would write with the metric and the sample's cells. */
function vetoOf(
  form: SubmissionForm,
  detection: FormDetection,
  context: FormContext,
  given: FormSettingsInput,
): Veto | undefined {
  // Only settings that this form has: others are mistakes of which binding tells.
  const known = Object.entries(given).filter(([key]) => Object.hasOwn(form.settings.shape, key));
  const settings = { ...detection.settings, ...Object.fromEntries(known), form: form.name };
  try {
    const bound = completed(form.bind(settings, context));
    return metricVeto(bound, context, false) ?? cellVeto(bound, context);
  } catch (error) {
    if (!(error instanceof PodiumError)) throw error;
    // What it asks for is asked if the form is chosen.
    if (detection.required !== undefined || known.length > 0) return undefined;
    const { message, fix } = error.problem;
    return { why: message ?? error.message, ...(fix !== undefined && { fix }) };
  }
}

function unknownForm(
  context: FormContext,
  candidates: readonly Candidate[],
  given: FormSettingsInput,
): PodiumError {
  const { sample, columns, heads, summary } = context;
  const shown = columns.slice(0, 3).map((name) => {
    const examples = [...summary(name).values].slice(0, 3).map((value) => JSON.stringify(value));
    return `"${name}" with ${examples.length === 0 ? 'empty cells' : examples.join(', ')}`;
  });
  const known = heads.map(({ name, task, classes }) => `${name} (${task}, ${classes.length} classes)`);
  const nearest = candidates.find(({ veto }) => veto !== undefined);
  const near =
    nearest === undefined ? '' : `; the nearest is "${nearest.form.name}", but ${nearest.veto!.why}`;
  const keep = columnsToKeep(context, given);
  const chosen = nearest?.form.name ?? (columns.length > 1 ? 'class-columns' : 'label');
  return new PodiumError({
    code: 'submission-form-unknown',
    message: `no form fits the sample submission${near}; the heads are ${known.join(', ') || 'none'}`,
    path: { file: sample.file },
    expected: forms.names(),
    got: `${columns.length} columns to fill: ${shown.join('; ')}${columns.length > shown.length ? '; ...' : ''}`,
    fix:
      keep !== undefined
        ? `set ${OPTIONS_KEY}.keep: [${keep.map(yamlText).join(', ')}] to leave ${keep.length === 1 ? 'this column' : 'these columns'} as in the sample`
        : (nearest?.veto?.fix ??
          `set ${FORM_KEY}: ${chosen} if the cells of the sample are only placeholders`),
  });
}

/** Columns without which a form fits: one of them, or all that are named after no head and no class. */
function columnsToKeep(context: FormContext, given: FormSettingsInput): readonly string[] | undefined {
  const { columns, heads } = context;
  if (columns.length < 2) return undefined;
  const names = new Set(heads.flatMap(({ name, classes }) => [name, ...classes]));
  const others = columns.filter((column) => !names.has(column));
  const choices = [
    ...(others.length === columns.length ? [] : [others]),
    ...columns.map((column) => [column]),
  ];
  return choices.find((keep) => {
    if (keep.length === 0 || keep.length === columns.length) return false;
    const without = { ...context, columns: columns.filter((column) => !keep.includes(column)) };
    return candidatesOf(without, given).some(
      ({ veto, detection }) =>
        veto === undefined && detection.required === undefined && detection.confidence >= SURE,
    );
  });
}
