export {
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
