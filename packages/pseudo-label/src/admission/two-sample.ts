import type { Rng } from '@podium/core';
import { checkOption, fail } from '../support/errors.ts';
import { normalQuantile } from '../support/normal.ts';
import { byText } from '../support/order.ts';
import { areaUnderCurve, aucStandardError } from './auc.ts';
import { checkFeatures, type Features, sampleFeatures } from './features.ts';
import { fitLogistic, logisticScores } from './logistic.ts';

export interface TwoSampleOptions {
  readonly rng: Rng;
  /** Default 5. */
  readonly folds?: number;
  /** Inverse strength of the penalty, scikit-learn's C. Default 0.1. */
  readonly c?: number;
  /** Rows of each side, at most. Default 1000. */
  readonly most?: number;
  /** Of the interval. Default 0.95. */
  readonly confidence?: number;
}

/** How well a linear classifier tells two sets of images apart. */
export interface TwoSample {
  /** Cross-validated area under the ROC curve: 0.5 not at all, 1 always. */
  readonly auc: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  /** Whether the interval lies above 0.5. */
  readonly differ: boolean;
  /** Rows of each side. */
  readonly rows: readonly [number, number];
  /** Groups of each side, or rows where there are none: what the interval counts. */
  readonly units: readonly [number, number];
}

/**
 * The classifier two-sample test (Lopez-Paz and Oquab, Revisiting Classifier Two-Sample Tests, ICLR 2017): a logistic
 * regression on standardized features learns to tell the sets apart, and is scored on folds that it has not seen; groups are
 * never torn apart, or it would recognize persons. The area is the mean over folds. The interval is Hanley and McNeil's with
 * groups as its independent rows, widened as Nadeau and Bengio (Inference for the Generalization Error, 2003) have it for
 * folds whose models were fitted on mostly the same rows: by half for five folds. Without that, two sets of the same kind
 * differ three times as often as the interval says.
 * @throws PodiumError `pseudo-features`; `pseudo-setting`; `pseudo-two-sample` where a side has fewer than two groups (rows)
 */
export function twoSampleTest(a: Features, b: Features, options: TwoSampleOptions): TwoSample {
  const { rng, folds = 5, c = 0.1, most = 1000, confidence = 0.95 } = options;
  checkOption('folds', folds, 2, 100, true);
  checkOption('c', c, 1e-12, 1e12);
  checkOption('most', most, 2, 1e6, true);
  checkOption('confidence', confidence, 0.01, 0.9999);
  checkFeatures(b, 'the second set', checkFeatures(a, 'the first set', undefined));
  const sampled = [a, b].map((side, i) => sampleFeatures(side, most, rng.split('two-sample', i))) as [
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
      message: 'these are too few images to be told apart',
      expected: 'two groups of them on each side, or two images where there are no groups',
      got: `${counts[0]} and ${counts[1]}`,
    });
  }
  const width = sampled[0].values.length / sampled[0].ids.length;
  const values = new Float32Array(sides.length * width);
  values.set(sampled[0].values);
  values.set(sampled[1].values, sampled[0].values.length);
  const dealt = dealUnits(units, sides, count, rng.split('two-sample', 'folds'));
  const auc = crossValidatedAuc(values, sides, dealt, c);
  const shared = Math.sqrt(1 + count / (count - 1));
  const half = shared * normalQuantile((1 + confidence) / 2) * aucStandardError(auc, counts[1], counts[0]);
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
 * The mean over folds of the area that a logistic regression reaches on rows it was not fitted on; features are
 * standardized by the rows that it is fitted on.
 * @param values `[N, D]`
 * @param folds `[N]`; each should have rows of both sides, those that do not are left out
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
      const side = (of: readonly number[]) => Uint8Array.from(of, (row) => sides[row]!);
      const model = fitLogistic(standard(fitted), side(fitted), c);
      return areaUnderCurve(logisticScores(model, standard(scored)), side(scored));
    })
    .filter((area) => !Number.isNaN(area));
  return areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

/** Rows of `values` less the mean of the fitted rows, over their standard deviation (1 where it is 0). */
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
    // What a constant feature has left is rounding.
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

/** Groups are the same on both sides; ids are not: two sources may both have an `1.jpg`. */
function unitsOf({ ids, groups }: Features, side: number): string[] {
  return groups === undefined ? ids.map((id) => `${side}/${id}`) : groups.map((group) => `g/${group}`);
}

/**
 * Whole units to folds in turn: those of both sides first, then each side's own from there on, so that either side has
 * units in every fold.
 */
function dealUnits(units: readonly string[], sides: Uint8Array, folds: number, rng: Rng): Int32Array {
  const sidesOf = new Map<string, number>();
  units.forEach((unit, row) => {
    sidesOf.set(unit, (sidesOf.get(unit) ?? 0) | (1 << sides[row]!));
  });
  const shuffled = (kind: number) =>
    rng.split(kind).shuffle([...sidesOf].flatMap(([unit, at]) => (at === kind ? [unit] : [])).sort(byText));
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
