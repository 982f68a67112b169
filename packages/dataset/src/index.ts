export {
  type BuildCacheOptions,
  buildCache,
  type CacheEvent,
  type CacheReport,
} from './cache/build-cache.ts';
export type { CacheOptions } from './cache/types.ts';
export { type DecodeOptions, type DecodeSettings, decodeImage } from './decode/decode-image.ts';
export { createLoader } from './loader/create-loader.ts';
export { sampleRng } from './loader/plan.ts';
export type {
  Batch,
  BrokenPolicy,
  Loader,
  LoaderEvent,
  LoaderOptions,
  LoaderState,
  LoaderStatistics,
  PixelOutput,
  TransformModule,
} from './loader/types.ts';
export {
  classBalanced,
  mixed,
  repeated,
  type Sampler,
  type SamplerContext,
  sequential,
  shuffled,
  weighted,
} from './samplers/index.ts';
