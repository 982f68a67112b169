import type { Predictions } from '@podium/core';
import { checkOption, fail } from './support/errors.ts';

/** Two models' scores on the same rows. `compareModels` of `@podium/metrics` gives one. */
export interface ScoreComparison {
  /** The baseline's score. */
  readonly a: number;
  /** That of the model with pseudo labels. */
  readonly b: number;
  /** Of b - a. */
  readonly difference: { readonly estimate: number; readonly low: number; readonly high: number };
}

/**
 * Scores both on the same rows, with an interval of the difference that respects groups.
 * @param label the index of a class, where its own score (its F1, say) is asked for; undefined for the score of all
 * @returns undefined where there is no such score: a class that does not occur
 */
export type CompareScores = (
  baseline: Predictions,
  student: Predictions,
  truth: Int32Array,
  label: number | undefined,
) => ScoreComparison | undefined;

export type Keep = 'if-better' | 'always' | 'never';

export interface VerdictOptions {
  /** Out-of-fold predictions of the model trained on true labels alone, under the same budget. */
  readonly baseline: Predictions;
  /** Those of the model with pseudo labels, on the same folds. */
  readonly student: Predictions;
  /** `[N]`: indices into the baseline's classes, by its rows. */
  readonly truth: Int32Array;
  readonly compare: CompareScores;
  readonly metric: {
    /** As the sentence calls it: `macro F1`. */
    readonly name: string;
    readonly direction: 'higher' | 'lower';
    /** Told in hundredths, as shares are: +1.8 instead of +0.018. Default: true. */
    readonly percent?: boolean;
  };
  /** Of the intervals that `compare` gives. Default 0.95. */
  readonly confidence?: number;
  /** Default: if-better. */
  readonly keep?: Keep;
}

/** What pseudo labels were worth. Plain JSON. */
export interface Verdict {
  readonly baseline: number;
  readonly student: number;
  /** Above 0 where pseudo labels helped, whatever the metric's direction. */
  readonly gain: Gain;
  /** Per class, in their order; undefined where a class has no score (it is too rare, say). */
  readonly classes: readonly { readonly name: string; readonly gain: Gain | undefined }[];
  readonly outcome: 'better' | 'worse' | 'within noise';
  readonly keep: Keep;
  /** Whether the model with pseudo labels is to be used. */
  readonly kept: boolean;
  /** `+1.8 macro F1, 95 % [0.4, 3.1]: kept`. */
  readonly sentence: string;
}

export interface Gain {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Whether pseudo labels helped, by out-of-fold predictions of both models on the same rows and folds. `if-better` keeps
 * them only where the interval of the gain lies above 0.
 * @throws PodiumError `pseudo-verdict` where rows, classes or folds of the two are not the same; what `compare` throws for
 * the score of all
 */
export function verdict(options: VerdictOptions): Verdict {
  const { baseline, truth, compare, metric, confidence = 0.95, keep = 'if-better' } = options;
  checkOption('confidence', confidence, 0.01, 0.9999);
  const student = paired(baseline, options.student, truth);
  const sign = metric.direction === 'higher' ? 1 : -1;
  const { a, b, difference } = compare(baseline, student, truth, undefined) ?? noScore(metric.name);
  const gain = signed(difference, sign);
  const outcome = gain.low > 0 ? 'better' : gain.high < 0 ? 'worse' : 'within noise';
  const kept = keep === 'always' || (keep === 'if-better' && outcome === 'better');
  const classes = baseline.classes.map((name, label) => ({
    name,
    gain: signed(compare(baseline, student, truth, label)?.difference, sign),
  }));
  const scale = (metric.percent ?? true) ? 100 : 1;
  const sentence = `${told(gain, scale)} ${metric.name}, ${percent(confidence)} % ${range(gain, scale)}: ${ending(outcome, keep, kept)}`;
  return { baseline: a, student: b, gain, classes, outcome, keep, kept, sentence };
}

function ending(outcome: Verdict['outcome'], keep: Keep, kept: boolean): string {
  const found = outcome === 'within noise' ? 'within noise' : undefined;
  if (keep === 'if-better') return kept ? 'kept' : `${found ?? 'worse'}, not used`;
  return [found, kept ? 'kept, as asked' : 'not used, as asked'].filter(Boolean).join(', ');
}

function signed(difference: ScoreComparison['difference'], sign: number): Gain;
function signed(difference: ScoreComparison['difference'] | undefined, sign: number): Gain | undefined;
function signed(difference: ScoreComparison['difference'] | undefined, sign: number): Gain | undefined {
  if (difference === undefined) return undefined;
  const { estimate, low, high } = difference;
  return sign > 0 ? { estimate, low, high } : { estimate: -estimate, low: -high, high: -low };
}

function noScore(metric: string): never {
  return fail({
    code: 'pseudo-verdict',
    message: `the rows have no ${metric}`,
    fix: 'compare on all out-of-fold rows, with every class among them',
  });
}

function told({ estimate }: Gain, scale: number): string {
  const text = number(estimate, scale);
  return text.startsWith('-') ? text : `+${text}`;
}

function range({ low, high }: Gain, scale: number): string {
  return `[${number(low, scale)}, ${number(high, scale)}]`;
}

function number(value: number, scale: number): string {
  const text = (value * scale).toFixed(scale === 1 ? 3 : 1);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

function percent(confidence: number): string {
  return String(Number((100 * confidence).toFixed(1)));
}

/** The student's predictions with the baseline's rows and columns. */
function paired(baseline: Predictions, student: Predictions, truth: Int32Array): Predictions {
  const differ = (message: string, expected: string, got: string, fix: string): never =>
    fail({ code: 'pseudo-verdict', message, expected, got, fix });
  if (truth.length !== baseline.length) {
    differ(
      'the truth',
      `one class index a row, ${baseline.length}`,
      String(truth.length),
      'pass it in the order of the baseline',
    );
  }
  const names = new Set(student.classes);
  if (names.size !== baseline.classes.length || !baseline.classes.every((name) => names.has(name))) {
    differ(
      'the two models have different classes',
      baseline.classes.join('|'),
      student.classes.join('|'),
      'train both on the same classes',
    );
  }
  const missing = baseline.ids.find((id) => student.indexOf(id) === undefined);
  const extra = student.ids.find((id) => baseline.indexOf(id) === undefined);
  if (missing !== undefined || extra !== undefined) {
    differ(
      `only one of the two models predicted ${JSON.stringify(missing ?? extra)}`,
      'the same rows, all of them true ones',
      `${baseline.length} rows and ${student.length}`,
      'validate both on the true rows of the same folds',
    );
  }
  const aligned = student.align(baseline.ids).alignClasses(baseline.classes);
  const row = baseline.ids.findIndex((_, i) => baseline.folds?.[i] !== aligned.folds?.[i]);
  if (row >= 0) {
    differ(
      `the fold of row ${JSON.stringify(baseline.ids[row])}`,
      String(baseline.folds?.[row] ?? 'no fold'),
      String(aligned.folds?.[row] ?? 'no fold'),
      'train both on the same folds: else their scores do not differ by the labels alone',
    );
  }
  return aligned;
}
