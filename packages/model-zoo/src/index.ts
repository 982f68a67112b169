export {
  openSafetensors,
  readSafetensors,
  type SafetensorsContent,
  type SafetensorsFile,
  writeSafetensors,
} from '@podium/nn/checkpoint-files';
// Podium's model zoo: timm's image models with their weights, checkpoints of every kind, transfer learning by case.

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
