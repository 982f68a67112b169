import { fail, type Predictions } from '@podium/core';
import { checkOption } from './check-option.ts';

/** Two models' scores on the same rows, such as the result of `compareModels` of `@podium/metrics`. */
export interface ScoreComparison {
  /** The baseline's score. */
  readonly a: number;
  /** The score of the model with pseudo labels. */
  readonly b: number;
  /** Of b - a. */
  readonly difference: { readonly estimate: number; readonly low: number; readonly high: number };
}

/**
 * Scores both models on the same rows, with an interval of the difference that respects groups.
 * @param label class index, to score a single class (such as its F1); undefined to score all classes
 * @returns undefined if the score is undefined, for example for a class that does not occur
 */
export type CompareScores = (
  baseline: Predictions,
  student: Predictions,
  truth: Int32Array,
  label: number | undefined,
) => ScoreComparison | undefined;

export type Keep = 'if-better' | 'always' | 'never';

export interface VerdictOptions {
  /** Out-of-fold predictions of a model that was trained on true labels only, with the same budget. */
  readonly baseline: Predictions;
  /** Out-of-fold predictions of the model with pseudo labels, for the same folds. */
  readonly student: Predictions;
  /** `[N]`: indices into the baseline's classes, in the order of its rows. */
  readonly truth: Int32Array;
  readonly compare: CompareScores;
  readonly metric: {
    /** Its name in the sentence: `macro F1`. */
    readonly name: string;
    readonly direction: 'higher' | 'lower';
    /** Whether to show it in percent: +1.8 instead of +0.018. Default: true. */
    readonly percent?: boolean;
  };
  /** Confidence of the intervals that `compare` returns. Default 0.95. */
  readonly confidence?: number;
  /** Default: if-better. */
  readonly keep?: Keep;
}

/** What pseudo labels gained. Plain JSON. */
export interface Verdict {
  readonly baseline: number;
  readonly student: number;
  /** > 0 if pseudo labels helped, in either direction of the metric. */
  readonly gain: Gain;
  /** Per class, in order; undefined for classes without a score, such as rare ones. */
  readonly classes: readonly { readonly name: string; readonly gain: Gain | undefined }[];
  readonly outcome: 'better' | 'worse' | 'within noise';
  readonly keep: Keep;
  /** Whether to use the model with pseudo labels. */
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
 * Decides whether pseudo labels helped, from out-of-fold predictions of both models on the same rows and folds. `if-better`
 * keeps them only if the interval of the gain lies above 0.
 * @throws PodiumError `pseudo-verdict` if the rows, classes or folds of the two differ; what `compare` throws for all classes
 *
 * @example
 * const { kept, sentence } = verdict({ baseline, student, truth, compare, metric: { name: 'macro F1', direction: 'higher' } });
 * // +1.8 macro F1, 95 % [0.4, 3.1]: kept
 */
export function verdict(options: VerdictOptions): Verdict {
  const { baseline, truth, compare, metric, confidence = 0.95, keep = 'if-better' } = options;
  checkOption('confidence', confidence, { min: 0.01, max: 0.9999 });
  const student = alignStudent(baseline, options.student, truth);
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
  const sentence = `${signedText(gain, scale)} ${metric.name}, ${percent(confidence)} % ${rangeText(gain, scale)}: ${conclusion(outcome, keep, kept)}`;
  return { baseline: a, student: b, gain, classes, outcome, keep, kept, sentence };
}

function conclusion(outcome: Verdict['outcome'], keep: Keep, kept: boolean): string {
  if (keep === 'if-better') return kept ? 'kept' : `${outcome}, not used`;
  const noise = outcome === 'within noise' ? 'within noise, ' : '';
  return `${noise}${kept ? 'kept' : 'not used'}, as asked`;
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
    message: `${metric} is undefined for these rows`,
    fix: 'compare all out-of-fold rows, including every class',
  });
}

function signedText({ estimate }: Gain, scale: number): string {
  const text = number(estimate, scale);
  return text.startsWith('-') ? text : `+${text}`;
}

function rangeText({ low, high }: Gain, scale: number): string {
  return `[${number(low, scale)}, ${number(high, scale)}]`;
}

function number(value: number, scale: number): string {
  const text = (value * scale).toFixed(scale === 1 ? 3 : 1);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

function percent(confidence: number): string {
  return String(Number((100 * confidence).toFixed(1)));
}

/** The student's predictions in the order of the baseline's rows and columns. */
function alignStudent(baseline: Predictions, student: Predictions, truth: Int32Array): Predictions {
  const differ = (message: string, expected: string, got: string, fix: string): never =>
    fail({ code: 'pseudo-verdict', message, expected, got, fix });
  if (truth.length !== baseline.length) {
    differ(
      'the truth',
      `one class index per row, ${baseline.length}`,
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
      'train both models on the same classes',
    );
  }
  const missing = baseline.ids.find((id) => student.indexOf(id) === undefined);
  const extra = student.ids.find((id) => baseline.indexOf(id) === undefined);
  if (missing !== undefined || extra !== undefined) {
    differ(
      `only one of the two models predicted ${JSON.stringify(missing ?? extra)}`,
      'the same rows, all with true labels',
      `${baseline.length} and ${student.length} rows`,
      'validate both models on the true rows of the same folds',
    );
  }
  const aligned = student.align(baseline.ids).alignClasses(baseline.classes);
  const row = baseline.ids.findIndex((_, i) => baseline.folds?.[i] !== aligned.folds?.[i]);
  if (row >= 0) {
    differ(
      `the fold of row ${JSON.stringify(baseline.ids[row])}`,
      String(baseline.folds?.[row] ?? 'no fold'),
      String(aligned.folds?.[row] ?? 'no fold'),
      'train both models on the same folds, so that they differ only in their labels',
    );
  }
  return aligned;
}
