import {
  compareCodeUnits,
  fail,
  fitLogisticRegression,
  linearScores,
  normalQuantile,
  oneHot,
  type Rng,
  rankRows,
  rocAuc,
} from '@podium/core';
import { checkOption } from '../check-option.ts';
import { aucStandardError } from './auc-standard-error.ts';
import { checkFeatures, type Features, sampleFeatures } from './features.ts';

export interface TwoSampleOptions {
  readonly rng: Rng;
  /** Number of folds. Default 5. */
  readonly folds?: number;
  /** Inverse strength of the L2 penalty, scikit-learn's C. Default 0.1. */
  readonly c?: number;
  /** Most rows per set. Default 1000. */
  readonly maxRows?: number;
  /** Confidence of the interval. Default 0.95. */
  readonly confidence?: number;
}

/** How well a linear classifier separates two sets of images. */
export interface TwoSample {
  /** Cross-validated area under the ROC curve: 0.5 is chance, 1 perfect separation. */
  readonly auc: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  /** Whether the interval lies above 0.5. */
  readonly differ: boolean;
  /** Rows per set. */
  readonly rows: readonly [number, number];
  /** Independent units per set: groups, or rows without groups. */
  readonly units: readonly [number, number];
}

/**
 * The classifier two-sample test (Lopez-Paz and Oquab, Revisiting Classifier Two-Sample Tests, ICLR 2017): fits a logistic
 * regression on standardized features to separate the sets, and scores it on held-out folds, which keep groups together so
 * that it cannot recognize persons. The area is the mean over folds. The interval is Hanley and McNeil's with groups as
 * independent units, widened because folds share training rows (Nadeau and Bengio, Inference for the Generalization Error,
 * 2003): by half for five folds. Without this, sets of the same distribution would differ three times as often as the
 * interval says.
 * @throws PodiumError `pseudo-features`; `pseudo-setting`; `pseudo-two-sample` for fewer than two groups (or rows) in a set
 */
export function twoSampleTest(a: Features, b: Features, options: TwoSampleOptions): TwoSample {
  const { rng, folds = 5, c = 0.1, maxRows = 1000, confidence = 0.95 } = options;
  checkOption('folds', folds, { min: 2, max: 100, integer: true });
  checkOption('c', c, { min: 1e-12, max: 1e12 });
  checkOption('maxRows', maxRows, { min: 2, max: 1e6, integer: true });
  checkOption('confidence', confidence, { min: 0.01, max: 0.9999 });
  checkFeatures(b, 'the second set', checkFeatures(a, 'the first set', undefined));
  const sampled = [a, b].map((side, i) => sampleFeatures(side, maxRows, rng.split('two-sample', i))) as [
    Features,
    Features,
  ];
  const sides = Uint8Array.from(sampled.flatMap((side, i) => side.ids.map(() => i)));
  const units = sampled.flatMap((side, i) => unitsOf(side, i));
  const counts = [0, 1].map((i) => new Set(units.filter((_, row) => sides[row] === i)).size) as [
    number,
    number,
  ];
  const count = Math.min(folds, ...counts);
  if (count < 2) {
    fail({
      code: 'pseudo-two-sample',
      message: 'too few images for a two-sample test',
      expected: 'two groups per set, or two images per set without groups',
      got: `${counts[0]} and ${counts[1]}`,
    });
  }
  const width = sampled[0].values.length / sampled[0].ids.length;
  const values = new Float32Array(sides.length * width);
  values.set(sampled[0].values);
  values.set(sampled[1].values, sampled[0].values.length);
  const foldOf = dealUnits(units, sides, count, rng.split('two-sample', 'folds'));
  const auc = crossValidatedAuc(values, sides, foldOf, c);
  const sharedRows = Math.sqrt(1 + count / (count - 1));
  const half =
    sharedRows * normalQuantile((1 + confidence) / 2) * aucStandardError(auc, counts[1], counts[0]);
  const low = Math.max(0, auc - half);
  return {
    auc,
    low,
    high: Math.min(1, auc + half),
    confidence,
    differ: low > 0.5,
    rows: [sampled[0].ids.length, sampled[1].ids.length],
    units: counts,
  };
}

/**
 * The mean over folds of the area that a logistic regression reaches on held-out rows. Features are standardized by the rows
 * that it is fitted to.
 * @param values `[N,D]`
 * @param sides `[N]` of 0 and 1
 * @param folds `[N]`; folds without rows of both sides are ignored
 */
export function crossValidatedAuc(
  values: Float32Array,
  sides: Uint8Array,
  folds: Int32Array,
  c: number,
): number {
  const width = values.length / sides.length;
  const rows = [...sides.keys()];
  const areas = [...new Set(folds)]
    .sort((a, b) => a - b)
    .map((fold) => {
      const fitted = rows.filter((row) => folds[row] !== fold);
      const scored = rows.filter((row) => folds[row] === fold);
      const standard = standardize(values, width, fitted);
      const targets = oneHot(
        fitted.map((row) => sides[row]!),
        2,
      );
      const options = { c, maxIterations: 300, tolerance: 1e-6, logOdds: true };
      const model = fitLogisticRegression(standard(fitted), targets, 2, options);
      const scores = linearScores(model, standard(scored));
      const ranking = rankRows(
        scored.length,
        (i) => scores[i]!,
        (i) => sides[scored[i]!] === 1,
      );
      return rocAuc(ranking, new Float64Array(scored.length).fill(1));
    })
    .filter((area) => !Number.isNaN(area));
  return areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

/** Subtracts the mean of the fitted rows and divides by their standard deviation (or by 1 if it is 0). */
function standardize(
  values: Float32Array,
  width: number,
  fitted: readonly number[],
): (rows: readonly number[]) => Float64Array {
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  for (const row of fitted) {
    for (let d = 0; d < width; d++) mean[d] = mean[d]! + values[row * width + d]! / fitted.length;
  }
  for (const row of fitted) {
    for (let d = 0; d < width; d++) {
      const off = values[row * width + d]! - mean[d]!;
      deviation[d] = deviation[d]! + (off * off) / fitted.length;
    }
  }
  for (let d = 0; d < width; d++) {
    // The variance of a constant feature is rounding error.
    const tiny = 1e-12 * mean[d]! ** 2;
    deviation[d] = deviation[d]! > tiny ? Math.sqrt(deviation[d]!) : 1;
  }
  return (rows) => {
    const result = new Float64Array(rows.length * width);
    rows.forEach((row, i) => {
      for (let d = 0; d < width; d++) {
        const off = values[row * width + d]! - mean[d]!;
        result[i * width + d] = off / deviation[d]!;
      }
    });
    return result;
  };
}

/** Equal groups are the same on both sides, but equal ids are not: two sources may both have a `1.jpg`. */
function unitsOf({ ids, groups }: Features, side: number): string[] {
  return groups === undefined ? ids.map((id) => `${side}/${id}`) : groups.map((group) => `g/${group}`);
}

/**
 * Deals whole units to folds in turn: first those on both sides, then those of each side, so that every fold has units of both
 * sides.
 */
function dealUnits(units: readonly string[], sides: Uint8Array, folds: number, rng: Rng): Int32Array {
  const sidesOf = new Map<string, number>();
  units.forEach((unit, row) => {
    sidesOf.set(unit, (sidesOf.get(unit) ?? 0) | (1 << sides[row]!));
  });
  const shuffled = (mask: number) =>
    rng
      .split(mask)
      .shuffle([...sidesOf].flatMap(([unit, bits]) => (bits === mask ? [unit] : [])).sort(compareCodeUnits));
  const both = shuffled(3);
  const foldOf = new Map<string, number>();
  for (const list of [
    [...both, ...shuffled(1)],
    [...both, ...shuffled(2)],
  ]) {
    list.forEach((unit, i) => {
      foldOf.set(unit, i % folds);
    });
  }
  return Int32Array.from(units, (unit) => foldOf.get(unit)!);
}
