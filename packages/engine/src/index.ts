// Podium's engine: TensorFlow.js on a current TensorFlow, kernels that train fast, and what watches them.
export {
  type ValueAndGradients,
  type ValueAndWatched,
  valueAndGradients,
  valueAndWatched,
  watch,
} from './backward.ts';
export { type EngineProblem, type EngineReport, inspectEngine } from './doctor.ts';
export type { CpuReport } from './doctor-cpu.ts';
export * from './kernels/index.ts';
export {
  type BackendName,
  backendNames,
  type Engine,
  type EngineOptions,
  loadEngine,
  precisionNames,
} from './load.ts';
export { type Memory, memory, readValues, resetPeakMemory, withoutLeaks } from './memory.ts';
export { isMeta, metaTensor, multiplyAdds, onMeta } from './meta/index.ts';
export { fasterPrecision, measurePrecision, type Precision, precision, withPrecision } from './precision.ts';
export {
  chromeTrace,
  formatProfile,
  type KernelEvent,
  type KernelSummary,
  type Profile,
  profile,
  summarize,
} from './profiler.ts';
export { recomputed } from './recomputed.ts';
