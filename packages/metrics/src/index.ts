/**
 * Metrics of classification over predictions, in float64, with scikit-learn's values, and intervals that respect groups.
 *
 * - **Rows**: `alignTruth(predictions, table)` puts true labels beside predictions by id; `scoreRows` where they are
 *   arrays already. Weights and multi-label thresholds go in there.
 * - **Metrics**: `metrics.get('f1-macro').compute(rows)`; or with settings, `f1({ labels: 'all' })`. All are functions
 *   of the rows' weights, so that a bootstrap copies nothing.
 * - **Tables**: `confusionMatrix`, `classReport`, `calibrationCurve`.
 * - **Heads**: `combineHeads([mask, gender, age])` is scored as one model of 18 classes.
 * - **Intervals**: `bootstrap`, `classIntervals`, `compareModels` (within noise, or not), `crossValidation`.
 */
export { type AlignOptions, alignTruth, type TruthTable } from './align-truth.ts';
export { type CalibrationPoint, calibrationCurve } from './calibration-curve.ts';
export { type ClassScores, classReport } from './class-report.ts';
export { type CombineHeadsOptions, combineHeads, type HeadScores, scoreHeads } from './combine-heads.ts';
export { type ConfusionMatrix, type ConfusionMatrixOptions, confusionMatrix } from './confusion-matrix.ts';
export { bootstrap } from './intervals/bootstrap.ts';
export { type ClassIntervals, classIntervals } from './intervals/class-intervals.ts';
export { type Comparison, compareModels } from './intervals/compare.ts';
export { type CrossValidation, crossValidation, type FoldScore } from './intervals/cross-validation.ts';
export type { Interval } from './intervals/interval.ts';
export type { BootstrapOptions } from './intervals/resample.ts';
export type { Stratify } from './intervals/units.ts';
export { defineMetric, type Metric, meanOfRows, type WeightedScore } from './metric.ts';
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
export { mcc } from './metrics/mcc.ts';
export { precision } from './metrics/precision.ts';
export { recall } from './metrics/recall.ts';
export { rocAuc } from './metrics/roc-auc.ts';
export { topK } from './metrics/top-k.ts';
export { metrics } from './registry.ts';
export { type Scorable, type ScoredRows, type ScoreOptions, scoreRows } from './scored-rows.ts';
export type { CalibrationOptions } from './support/calibration.ts';
export type { ClassAverageOptions, Labels } from './support/class-average.ts';
export type { OneVsRestOptions } from './support/one-vs-rest.ts';
