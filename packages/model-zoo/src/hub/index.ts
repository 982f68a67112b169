export { describeHubEvent } from './describe.ts';
export type { HubEvent } from './events.ts';
export { type FetchedWeights, fetchWeights } from './fetch-weights.ts';
export { type HubConfig, type PretrainedConfig, parseHubConfig } from './hub-config.ts';
export type { FetchOptions, HubLimits } from './settings.ts';
export { describeSource, isRemoteSource, parseWeightsSource, type WeightsSource } from './source.ts';
