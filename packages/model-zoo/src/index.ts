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
export type { CheckpointFormat } from './checkpoints/recognise.ts';
export {
  openSafetensors,
  readSafetensors,
  type SafetensorsContent,
  type SafetensorsFile,
} from './checkpoints/safetensors/read.ts';
export { writeSafetensors } from './checkpoints/safetensors/write.ts';
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
