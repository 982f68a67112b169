/**
 * Blending, stacking and calibration of predictions, with honest scores: pure functions over `Predictions`, no TensorFlow.
 */

// Views, groups and heads: averages and products that need no labels.
export { type AverageOf, type AverageViewsOptions, averageViews } from './average-views.ts';
// Methods are fitted to labels; by name in `methods`, one after another with `chain`.
export { chain, eachMember, ruleMethod } from './combine-methods.ts';
// What each member adds, and which labels are likely wrong.
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
// The honest score: methods are fitted inside folds.
export { type Nested, type NestedOptions, nested } from './nested.ts';
// Rules blend without fitting anything; by name in `rules`.
export { methods, rules } from './registry.ts';
export type { Blend, BlendRule } from './rule.ts';
export { geometricMean } from './rules/geometric-mean.ts';
export { majorityVote } from './rules/majority-vote.ts';
export { mean } from './rules/mean.ts';
export { powerMean } from './rules/power-mean.ts';
export { rankMean } from './rules/rank-mean.ts';
