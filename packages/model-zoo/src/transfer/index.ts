export { type Depths, depthOf } from './depth.ts';
export { extractFeatures, extractUntrainedFeatures, type ImageBatch, toInput } from './extract.ts';
export { FeatureCache } from './feature-cache.ts';
export type { FeatureMatrix } from './feature-matrix.ts';
export {
  fitLinearProbe,
  type LinearProbe,
  type ProbeOptions,
  predictByProbe,
  probeLogits,
} from './linear-probe.ts';
export { predictByNeighbors } from './nearest.ts';
export { applyTransfer, planFor, stageAt, type TransferPlan, type TransferStage } from './plan.ts';
export {
  recommendTransfer,
  type TransferCase,
  type TransferEvidence,
  type TransferRecommendation,
  type TransferSample,
} from './recommend.ts';
