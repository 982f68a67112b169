// Podium's model zoo: timm's image models with their weights, checkpoints of every kind, transfer learning by case.

export {
  openSafetensors,
  readSafetensors,
  type SafetensorsContent,
  type SafetensorsFile,
  writeSafetensors,
} from '@podium/nn/checkpoint-files';
export { adaptInputChannels } from './adapt-state.ts';
export {
  compareState,
  type LoadReport,
  type LoneTensor,
  renderLoadReport,
  type ShapeChange,
} from './checkpoints/compare-state.ts';
export { type PthContent, type PthValue, readPth } from './checkpoints/pth/read.ts';
export {
  type Checkpoint,
  type ReadCheckpointOptions,
  readCheckpoint,
} from './checkpoints/read-checkpoint.ts';
export type { CheckpointFormat } from './checkpoints/recognize.ts';
export { type CreateOptions, createModel, listModels } from './create-model.ts';
export * from './explain/index.ts';
export {
  type AnyFamily,
  defineFamily,
  type Family,
  type InputConfig,
  type PretrainedWeights,
} from './family.ts';
export { FeatureExtractor } from './features.ts';
export {
  describeHubEvent,
  describeSource,
  type FetchedWeights,
  type FetchOptions,
  fetchWeights,
  type HubConfig,
  type HubEvent,
  type HubLimits,
  type PretrainedConfig,
  parseHubConfig,
  parseWeightsSource,
  type WeightsSource,
} from './hub/index.ts';
export {
  type Classes,
  type DepthGroups,
  type FeatureStage,
  ImageModel,
  type LoadedWeights,
  type ModelOptions,
  MultiHead,
  splitHeads,
} from './image-model.ts';
export * from './transfer/index.ts';
export { pretrainedWeights } from './weights/index.ts';
export { type BuildOptions, buildModel, findTorchvision, type ModelEntry, models } from './zoo.ts';
