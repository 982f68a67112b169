import { fail } from '@podium/core';
import type { WeightedScore } from '../metric.ts';
import type { ScoredRows } from '../scored-rows.ts';
import { prepareTallies, type Tallies } from './tallies.ts';

/**
 * Classes to average over: those that are true or predicted in at least one row, all classes of the model, or the classes
 * with these indices.
 */
export type Labels = 'present' | 'all' | readonly number[];

export interface ClassAverageOptions {
  /**
   * macro: mean over classes; weighted: mean weighted by true rows; micro: one score from the counts of all classes;
   * samples: for multi-label rows, the mean of each row's score. Default: macro.
   */
  readonly average?: 'macro' | 'weighted' | 'micro' | 'samples';
  /** Default, as in scikit-learn: present for single-label rows, all for multi-label. */
  readonly labels?: Labels;
  /** The score of a class with denominator 0; NaN leaves it out of the mean. Default 0, as in scikit-learn. */
  readonly zeroDivision?: number;
}

/** A fraction of a class's counts. */
export type ClassFraction = (
  hit: number,
  predicted: number,
  actual: number,
) => readonly [over: number, under: number];

/** `beta` > 1 favors recall, < 1 precision (van Rijsbergen 1979). */
export function fBetaFraction(beta: number): ClassFraction {
  const square = beta * beta;
  return (hit, predicted, actual) => [(1 + square) * hit, predicted + square * actual];
}

export const FRACTIONS: Readonly<Record<'precision' | 'recall' | 'f1', ClassFraction>> = {
  precision: (hit, predicted) => [hit, predicted],
  recall: (hit, _, actual) => [hit, actual],
  f1: fBetaFraction(1),
};

/** The averaged fraction; scikit-learn's precision_recall_fscore_support. */
export function prepareClassAverage(
  rows: ScoredRows,
  fraction: ClassFraction,
  options: ClassAverageOptions,
): WeightedScore {
  const { average = 'macro', zeroDivision = 0 } = options;
  const { labels = rows.task === 'single-label' ? 'present' : 'all' } = options;
  if (typeof labels !== 'string') checkLabels(labels, rows);
  if (average === 'samples') return prepareSamples(rows, fraction, labels, zeroDivision);
  const tally = prepareTallies(rows);
  return (weights) => {
    const tallies = tally(weights);
    const { hit, predicted, actual } = tallies;
    const chosen = chosenClasses(tallies, labels);
    if (average === 'micro') {
      const sum = (array: Float64Array) => chosen.reduce((total, k) => total + array[k]!, 0);
      return divide(fraction(sum(hit), sum(predicted), sum(actual)), zeroDivision);
    }
    const scores = classScores(tallies, fraction, zeroDivision);
    const defined = chosen.filter((k) => !Number.isNaN(scores[k]!));
    const plain = () => weightedMean(defined, scores, () => 1);
    if (average === 'macro') return plain();
    const weighted = weightedMean(defined, scores, (k) => actual[k]!);
    // Without any true row scikit-learn falls back to the plain mean.
    return Number.isNaN(weighted) ? plain() : weighted;
  };
}

/** Multi-label: the mean over rows of the fraction within a row; classes without rows do not change it. */
function prepareSamples(
  { truth, predicted, classes, length }: ScoredRows,
  fraction: ClassFraction,
  averaged: Labels,
  zeroDivision: number,
): WeightedScore {
  const width = classes.length;
  const chosen = typeof averaged === 'string' ? [...classes.keys()] : averaged;
  const scores = Float64Array.from({ length }, (_, row) => {
    let hits = 0;
    let guesses = 0;
    let labels = 0;
    for (const k of chosen) {
      const label = truth[row * width + k]!;
      const guess = predicted[row * width + k]!;
      hits += label * guess;
      guesses += guess;
      labels += label;
    }
    return divide(fraction(hits, guesses, labels), zeroDivision);
  });
  const defined = [...scores.keys()].filter((row) => !Number.isNaN(scores[row]!));
  return (weights) => weightedMean(defined, scores, (row) => weights[row]!);
}

/** `[K]`: the fraction of each class. */
export function classScores(
  { hit, predicted, actual }: Tallies,
  fraction: ClassFraction,
  zeroDivision: number,
): Float64Array {
  return Float64Array.from(hit, (h, k) => divide(fraction(h, predicted[k]!, actual[k]!), zeroDivision));
}

function divide([over, under]: readonly [number, number], zeroDivision: number): number {
  return under === 0 ? zeroDivision : over / under;
}

function chosenClasses({ predicted, actual }: Tallies, labels: Labels): readonly number[] {
  if (typeof labels !== 'string') return labels;
  const all = [...predicted.keys()];
  return labels === 'all' ? all : all.filter((k) => predicted[k]! + actual[k]! > 0);
}

/** NaN if the weights sum to 0. */
function weightedMean(
  chosen: readonly number[],
  scores: Float64Array,
  weight: (k: number) => number,
): number {
  let sum = 0;
  let total = 0;
  for (const k of chosen) {
    sum += weight(k) * scores[k]!;
    total += weight(k);
  }
  return sum / total;
}

function checkLabels(labels: readonly number[], { classes }: ScoredRows): void {
  const valid = labels.every((k) => Number.isInteger(k) && k >= 0 && k < classes.length);
  if (valid && labels.length > 0 && new Set(labels).size === labels.length) return;
  fail({
    code: 'metric-labels',
    path: { key: 'labels' },
    expected: `at least one class index from 0 to ${classes.length - 1}, none twice`,
    got: JSON.stringify(labels),
  });
}
