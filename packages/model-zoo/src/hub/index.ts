export { describeHubEvent } from './describe-hub-event.ts';
export { type FetchedWeights, fetchWeights } from './fetch-weights.ts';
export { type HubConfig, type PretrainedConfig, parseHubConfig } from './hub-config.ts';
export type { HubEvent } from './hub-event.ts';
export type { FetchOptions, HubLimits } from './open-hub.ts';
export { describeSource, isRemoteSource, parseWeightsSource, type WeightsSource } from './weights-source.ts';
