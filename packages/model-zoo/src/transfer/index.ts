export {
  chooseStrength,
  PROBE_STRENGTHS,
  type StrengthSearch,
  type TriedStrength,
} from './choose-strength.ts';
export { type Depths, depthOf } from './depth-of.ts';
export { extractFeatures, extractUntrainedFeatures, type ImageBatch, toInput } from './extract-features.ts';
export { FeatureCache } from './feature-cache.ts';
export type { FeatureMatrix } from './feature-matrix.ts';
export {
  fitLinearProbe,
  type LinearProbe,
  type ProbeOptions,
  predictByProbe,
  probeLogits,
} from './linear-probe.ts';
export { predictByNeighbors } from './nearest-neighbors.ts';
export {
  recommendTransfer,
  type TransferCase,
  type TransferEvidence,
  type TransferRecommendation,
  type TransferSample,
} from './recommend-transfer.ts';
export { chooseRidgeStrength, fitRidgeProbe, type RidgeTargets } from './ridge-probe.ts';
export { type TrainableRule, trainablePaths } from './trainable-paths.ts';
export { applyTransfer, planFor, stageAt, type TransferPlan, type TransferStage } from './transfer-plan.ts';
