/**
 * Blending, stacking and calibration of predictions, with honest scores; pure functions over `Predictions`, no TensorFlow.
 *
 * - **Rules** fit nothing: `mean`, `geometricMean`, `rankMean`, `powerMean`, `majorityVote`; by name in `rules`.
 * - **Methods** are fitted to labels: `selection`, `logLossWeights`, `scoreWeights`, `stacking`, `classMultipliers`,
 *   `priorCorrection`, `temperature`, `vectorScaling`; by name in `methods`, one after another with `chain`.
 * - **`nested`** fits a method inside folds, and returns the honest score beside the flattering one.
 * - **Groups and heads**: what all photos of a person share is averaged over them (`groupConsistent`, `consistentHeads`).
 * - **`diversity`**: whose errors correlate, and what each member adds.
 * - **`confidentLearning`**: labels that are likely wrong.
 */
export { type AverageOf, type AverageViewsOptions, averageViews } from './average-views.ts';
export { chain, eachMember, ruleMethod } from './combine-methods.ts';
export { diversity, type MemberDiversity } from './diversity.ts';
export {
  type ConsistentHeadsOptions,
  consistentHeads,
  type FactorHead,
  type GroupAverage,
  type GroupConsistencyOptions,
  groupAverage,
  groupConsistent,
} from './group-consistency.ts';
export { type CombineHeadPredictionsOptions, combineHeadPredictions, splitHeads } from './heads.ts';
export {
  type ConfidentLearning,
  type ConfidentLearningOptions,
  confidentLearning,
  type LabelFilter,
  type LabelIssue,
} from './labels/confident-learning.ts';
export {
  defineMethod,
  type FitRows,
  type FittedOn,
  type Method,
  type MethodContext,
  type MethodEntry,
} from './method.ts';
export { type ClassMultiplierOptions, classMultipliers } from './methods/class-multipliers.ts';
export { groupConsistency } from './methods/group-consistency.ts';
export { logLossWeights } from './methods/log-loss-weights.ts';
export { type PriorCorrectionOptions, priorCorrection } from './methods/prior-correction.ts';
export { type ScoreWeightsOptions, scoreWeights } from './methods/score-weights.ts';
export { type MemberWeights, type SelectionOptions, selection } from './methods/selection.ts';
export { type StackingOptions, stacking } from './methods/stacking.ts';
export { temperature } from './methods/temperature.ts';
export { type VectorScalingOptions, vectorScaling } from './methods/vector-scaling.ts';
export { type Nested, type NestedOptions, nested } from './nested.ts';
export { methods, rules } from './registry.ts';
export type { Blend, BlendRule } from './rule.ts';
export { geometricMean } from './rules/geometric-mean.ts';
export { majorityVote } from './rules/majority-vote.ts';
export { mean } from './rules/mean.ts';
export { powerMean } from './rules/power-mean.ts';
export { rankMean } from './rules/rank-mean.ts';
export { accuracy, logLoss, macroF1, type Scorable, type Score } from './score.ts';
