// Podium's model zoo: timm's image models and their weights, checkpoint files, transfer learning, explanations.

export {
  openSafetensors,
  readSafetensors,
  type SafetensorsContent,
  type SafetensorsFile,
  writeSafetensors,
} from '@podium/nn/checkpoint-files';
export { adaptInputChannels } from './adapt-state.ts';
export { type BuildOptions, buildModel } from './build-model.ts';
export {
  compareState,
  type LoadReport,
  type LoneTensor,
  renderLoadReport,
  type ShapeChange,
} from './checkpoints/compare-state.ts';
export { type PthContent, type PthOpaque, type PthValue, readPth } from './checkpoints/pth/read-pth.ts';
export {
  type Checkpoint,
  type ReadCheckpointOptions,
  readCheckpoint,
} from './checkpoints/read-checkpoint.ts';
export type { CheckpointFormat } from './checkpoints/recognize.ts';
export { type CreateOptions, createModel } from './create-model.ts';
export * from './explain/index.ts';
export {
  type AnyFamily,
  defineFamily,
  type ExplanationMethod,
  type Family,
  type InputRule,
} from './family.ts';
export { FeatureExtractor } from './feature-extractor.ts';
export { findTorchvision } from './find-torchvision.ts';
export {
  describeHubEvent,
  describeSource,
  type FetchedWeights,
  type FetchOptions,
  fetchWeights,
  type HubConfig,
  type HubEvent,
  type HubLimits,
  isRemoteSource,
  type PretrainedConfig,
  parseHubConfig,
  parseWeightsSource,
  type WeightsSource,
} from './hub/index.ts';
export {
  type Classes,
  type DepthGroups,
  type FeatureStage,
  type HeadSizes,
  headPath,
  ImageModel,
  isClassifier,
  type LoadedWeights,
  type ModelOptions,
  MultiHead,
  splitHeads,
} from './image-model.ts';
export { type InputConfig, imagenetInput } from './input-config.ts';
export { measureSpeed, type Speed } from './measure-speed.ts';
export { listModels, type ModelEntry, type ModelFilter, models } from './models.ts';
export * from './transfer/index.ts';
export { licenseTerms } from './weights/license-terms.ts';
export {
  type PretrainedWeights,
  pretrainedWeights,
  type WeightsLicense,
} from './weights/pretrained-weights.ts';
export { type ResolvedWeights, type ResolveOptions, resolveWeights } from './weights/resolve-weights.ts';
