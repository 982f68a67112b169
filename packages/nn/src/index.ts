// Podium's modules: networks as trees of plain objects, as in PyTorch.
export { backward } from './backward.ts';
export { float32Of } from './float32-of.ts';
export { FusedConv2d, fuse } from './fuse.ts';
export type { Initializer } from './init.ts';
export * as init from './init.ts';
export * from './layers/index.ts';
export { addLora, isLora, type LoraOptions, loraState, mergeLora } from './lora.ts';
export { type AnyModule, Module, type RemoveHook } from './module.ts';
export {
  Buffer,
  Counter,
  fromTorch,
  IndexTable,
  type Layout,
  Parameter,
  type ParameterOptions,
  toTorch,
} from './parameter.ts';
export { currentRng, isolateRandom, manualSeed, withRng } from './random.ts';
export { recompute, repeatedBlocks } from './recompute.ts';
export { refreshBatchNorm } from './refresh-batch-norm.ts';
export {
  convolutionOf,
  identityKernel,
  type Kernel,
  kernelOf,
  normalized,
  type Reparameterizable,
  scaled,
  summed,
} from './reparameterize.ts';
export { type LoadResult, loadStateDict, stateDict, stateShapes } from './state-dict.ts';
export type { StateArrays, StateDict, StateDtype, StateTensor } from './state-tensor.ts';
export { countParameters, type Summary, type SummaryRow, summary } from './summary.ts';
