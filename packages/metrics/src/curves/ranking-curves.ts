import { fail, type Ranking, rocAuc } from '@podium/core';
import { stepArea } from '../metrics/average-precision.ts';
import { rankClass } from '../one-vs-rest.ts';
import type { ScoredRows } from '../scored-rows.ts';

/** How well the probability of a class tells its rows from the others. */
export interface RankingCurves {
  readonly name: string;
  /** Weight of its true rows, and of the others; without weights, their numbers. */
  readonly positives: number;
  readonly negatives: number;
  /** Area under the ROC curve. */
  readonly auc: number;
  /** Area under the precision-recall curve, as a sum of steps. */
  readonly averagePrecision: number;
  /** Corners from (0, 0) to (1, 1): the shares of the others and of the class's rows above a threshold that falls. */
  readonly roc: readonly (readonly [falsePositives: number, truePositives: number])[];
  /** Recall grows; between two points, the precision is that of the second one. */
  readonly precisionRecall: readonly (readonly [recall: number, precision: number])[];
}

/**
 * The ROC and precision-recall curves of every class against the rest; scikit-learn's roc_curve and
 * precision_recall_curve. Classes without rows of both kinds are left out: they have no curves.
 * @param maxPoints longer curves are thinned out evenly. Default 200
 * @throws PodiumError `metric-option` for fewer than two points
 */
export function rankingCurves(
  rows: ScoredRows,
  { maxPoints = 200 }: { readonly maxPoints?: number } = {},
): RankingCurves[] {
  if (!Number.isInteger(maxPoints) || maxPoints < 2) {
    fail({
      code: 'metric-option',
      path: { key: 'maxPoints' },
      expected: 'an integer >= 2',
      got: String(maxPoints),
    });
  }
  return rows.classes.flatMap((name, k): RankingCurves[] => {
    const ranking = rankClass(rows, k);
    const [positives, negatives] = totals(ranking, rows.weights);
    if (positives === 0 || negatives === 0) return [];
    const { roc, precisionRecall } = walk(ranking, rows.weights, positives, negatives);
    return [
      {
        name,
        positives,
        negatives,
        auc: rocAuc(ranking, rows.weights),
        averagePrecision: stepArea(ranking, rows.weights, Number.NaN),
        roc: thinned(corners(roc), maxPoints),
        precisionRecall: thinned(precisionRecall, maxPoints),
      },
    ];
  });
}

type Point = readonly [x: number, y: number];

function totals({ order, positive }: Ranking, weights: Float64Array): [positives: number, negatives: number] {
  let [positives, negatives] = [0, 0];
  for (let i = 0; i < order.length; i++) {
    if (positive[i] === 1) positives += weights[order[i]!]!;
    else negatives += weights[order[i]!]!;
  }
  return [positives, negatives];
}

/** Lowers the threshold from score to score. */
function walk(
  { order, ends, positive }: Ranking,
  weights: Float64Array,
  positives: number,
  negatives: number,
): { readonly roc: Point[]; readonly precisionRecall: Point[] } {
  const roc: Point[] = [[0, 0]];
  const precisionRecall: Point[] = [];
  let [found, wrong, before] = [0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    if (positive[i] === 1) found += weights[order[i]!]!;
    else wrong += weights[order[i]!]!;
    if (ends[i] === 0) continue;
    roc.push([wrong / negatives, found / positives]);
    if (found === before) continue;
    const point = [found / positives, found / (found + wrong)] as const;
    if (precisionRecall.length === 0) precisionRecall.push([0, point[1]]);
    precisionRecall.push(point);
    before = found;
  }
  return { roc, precisionRecall };
}

/** Without points on a straight line between their neighbors. */
function corners(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const [a, b] = [kept.at(-2), kept.at(-1)];
    if (a !== undefined && b !== undefined) {
      const turn = (b[0] - a[0]) * (point[1] - b[1]) - (b[1] - a[1]) * (point[0] - b[0]);
      if (Math.abs(turn) < 1e-15) kept.pop();
    }
    kept.push(point);
  }
  return kept;
}

function thinned(points: readonly Point[], max: number): readonly Point[] {
  if (points.length <= max) return points;
  return Array.from({ length: max }, (_, i) => points[Math.round((i * (points.length - 1)) / (max - 1))]!);
}
