import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import { type ColumnFacts, columnFacts } from './columns/column-facts.ts';
import {
  type BoundForm,
  type FormGuess,
  type FormSettings,
  type FormView,
  type GivenSettings,
  PREFIX,
  settingError,
} from './form.ts';
import { forms } from './forms/index.ts';
import type { SampleSubmission } from './sample.ts';

/** Below, a guess is no better than none. */
const LEAST = 0.5;
/** Two guesses this near to one another are equally good. */
const CLOSE = 0.05;

/** What is known beside the sample. */
export interface RecognizeOptions {
  /** What the competition's metric looks at: it tells a column of labels 0 and 1 from one of probabilities. */
  readonly needs?: 'classes' | 'probabilities';
  /** Columns whose cells stay as the sample has them. */
  readonly keep?: readonly string[];
}

/** The form that a sample submission is most likely of. */
export interface RecognizedForm {
  readonly form: string;
  readonly confidence: number;
  /** Short clauses that say why. */
  readonly evidence: readonly string[];
  /** What to bind, and to write into the competition's settings. */
  readonly settings: FormSettings;
  /** The forms that were thought of besides, likeliest first. */
  readonly others: readonly { readonly form: string; readonly confidence: number }[];
}

/**
 * Guesses the form of a submission by the sample's header and cells and by the heads and their classes.
 * @throws PodiumError `submission-form-unknown` where no form fits, `submission-form-unclear` where several fit or the
 * sample leaves something open; both say what to set
 */
export function recognizeForm(
  sample: SampleSubmission,
  heads: readonly Head[],
  options: RecognizeOptions = {},
): RecognizedForm {
  return recognize(viewOf(sample, heads, options), options.keep ?? [], {});
}

/**
 * Binds a form to a sample and heads; where settings do not name one, the one that {@link recognizeForm} finds. Settings
 * that leave things out are completed by looking.
 * @throws PodiumError `submission-settings`, `settings-invalid`, `registry-unknown-name`, and as `recognizeForm`
 */
export function bindForm(
  settings: GivenSettings | undefined,
  sample: SampleSubmission,
  heads: readonly Head[],
  options: RecognizeOptions = {},
): BoundForm {
  const { keep = options.keep ?? [], ...given } = settings ?? {};
  const view = viewOf(sample, heads, { ...options, keep });
  const own: FormSettings =
    given.form === undefined ? completed(recognize(view, [], given), given) : { ...given, form: given.form };
  const bound = forms.get(own.form).bind(own, view);
  return keep.length === 0 ? bound : { ...bound, settings: { ...bound.settings, keep } };
}

function completed({ form, settings }: RecognizedForm, given: GivenSettings): FormSettings {
  return { ...settings, ...given, form };
}

/** @param given what is set already: it may settle what the sample leaves open */
function recognize(view: FormView, keep: readonly string[], given: GivenSettings): RecognizedForm {
  const guesses = [...forms]
    .map((form) => ({ form: form.name, guess: form.recognize(view) }))
    .filter((item): item is { form: string; guess: FormGuess } => item.guess !== undefined)
    .sort((a, b) => b.guess.confidence - a.guess.confidence || (a.form < b.form ? -1 : 1));
  const [first, second] = guesses;
  if (first === undefined || first.guess.confidence < LEAST) throw unknownForm(view);
  if (second !== undefined && first.guess.confidence - second.guess.confidence < CLOSE) {
    throw new PodiumError({
      code: 'submission-form-unclear',
      message: 'the sample submission may be of several forms',
      path: { file: view.sample.file },
      expected: guesses.map(({ form }) => form),
      got: [first, second].map(({ form, guess }) => `${form} (${guess.evidence.join(', ')})`).join('; '),
      fix: `set ${PREFIX}.form to the one that is meant`,
    });
  }
  const { confidence, evidence, unclear, settings } = first.guess;
  if (unclear !== undefined && !Object.hasOwn(given, unclear.key)) throw unclear.error;
  return {
    form: first.form,
    confidence,
    evidence,
    settings: { ...settings, form: first.form, ...(keep.length > 0 && { keep }) },
    others: guesses.slice(1).map(({ form, guess }) => ({ form, confidence: guess.confidence })),
  };
}

function viewOf(
  sample: SampleSubmission,
  heads: readonly Head[],
  { needs, keep = [] }: RecognizeOptions,
): FormView {
  for (const [i, name] of keep.entries()) {
    if (sample.valueColumns.includes(name)) continue;
    throw settingError(`keep[${i}]`, {
      message: `${sample.file} has no such column beside the id`,
      expected: sample.valueColumns,
      got: JSON.stringify(name),
    });
  }
  const known = new Map<string, ColumnFacts>();
  const facts = (name: string): ColumnFacts => {
    const found = known.get(name) ?? columnFacts(sample, name);
    known.set(name, found);
    return found;
  };
  return { sample, columns: sample.valueColumns.filter((name) => !keep.includes(name)), heads, needs, facts };
}

function unknownForm({ sample, columns, heads, facts }: FormView): PodiumError {
  const seen = columns.slice(0, 3).map((name) => {
    const examples = [...facts(name).values].slice(0, 3).map((value) => JSON.stringify(value));
    return `"${name}" with ${examples.length === 0 ? 'empty cells' : examples.join(', ')}`;
  });
  const known = heads.map(({ name, task, classes }) => `${name} (${task}, ${classes.length} classes)`);
  return new PodiumError({
    code: 'submission-form-unknown',
    message: `no form fits the sample submission; the heads are ${known.join(', ') || 'none'}`,
    path: { file: sample.file },
    expected: forms.names(),
    got: `${columns.length} columns to fill: ${seen.join('; ')}${columns.length > seen.length ? '; ...' : ''}`,
    fix: `set ${PREFIX}.form and what it needs, such as { form: label, head: ${heads[0]?.name ?? 'breed'} }; list columns that stay as they are in ${PREFIX}.keep`,
  });
}
