/**
 * Metrics of classes and numbers over predictions, in float64, with scikit-learn's values, and confidence intervals by group.
 */

// Rows: predictions joined with their truth, by id or in the same order.
export { type AlignOptions, alignTruth, type TrueLabel, type TruthTable } from './align-truth.ts';
// Tables.
export type { CalibrationOptions } from './calibration/calibration-bins.ts';
export { type CalibrationPoint, calibrationCurve } from './calibration/calibration-curve.ts';
export type { ClassAverageOptions, Labels } from './class-counts/class-average.ts';
export { type ClassScores, classReport } from './class-counts/class-report.ts';
export {
  type ConfusionMatrix,
  type ConfusionMatrixOptions,
  confusionMatrix,
} from './class-counts/confusion-matrix.ts';
// Curves.
export { type RankingCurves, rankingCurves } from './curves/ranking-curves.ts';
// Intervals: bootstrap over groups, paired comparison of two models, cross-validation.
export { bootstrap } from './intervals/bootstrap.ts';
export { type ClassIntervals, classIntervals } from './intervals/class-intervals.ts';
export { type Comparison, compareModels } from './intervals/compare-models.ts';
export { type CrossValidation, crossValidation, type FoldScore } from './intervals/cross-validation.ts';
export type { Interval } from './intervals/interval.ts';
export type { BootstrapOptions } from './intervals/resample.ts';
export type { Stratify } from './intervals/units.ts';
export { defineMetric, type Metric, type MetricParts, meanOfRows, type WeightedScore } from './metric.ts';
export { accuracy } from './metrics/accuracy.ts';
export { averagePrecision } from './metrics/average-precision.ts';
export { balancedAccuracy } from './metrics/balanced-accuracy.ts';
export { brier } from './metrics/brier.ts';
export { calibrationError } from './metrics/calibration-error.ts';
export { type CohenKappaOptions, cohenKappa } from './metrics/cohen-kappa.ts';
export { exactMatch } from './metrics/exact-match.ts';
export { fBeta } from './metrics/f-beta.ts';
export { f1 } from './metrics/f1.ts';
export { hamming } from './metrics/hamming.ts';
export { type LogLossOptions, logLoss } from './metrics/log-loss.ts';
export { mae } from './metrics/mae.ts';
export { mcc } from './metrics/mcc.ts';
export { meanAveragePrecision } from './metrics/mean-average-precision.ts';
export { partialAuc } from './metrics/partial-auc.ts';
export { pearson } from './metrics/pearson.ts';
export { precision } from './metrics/precision.ts';
export { r2 } from './metrics/r2.ts';
export { recall } from './metrics/recall.ts';
export { rmse } from './metrics/rmse.ts';
export { rocAuc } from './metrics/roc-auc.ts';
export { spearman } from './metrics/spearman.ts';
export { topK } from './metrics/top-k.ts';
export { weightedR2 } from './metrics/weighted-r2.ts';
export { weightedRmse } from './metrics/weighted-rmse.ts';
export type { OneVsRestOptions } from './one-vs-rest.ts';
// Metrics: by name, `metrics.get('f1-macro').compute(rows)`, or with settings, `f1({ labels: 'all' })`.
export { metrics } from './registry.ts';
export { scoreOf } from './score-of.ts';
export { type NumberRows, type ScoredRows, type ScoreOptions, scoreRows } from './scored-rows.ts';
