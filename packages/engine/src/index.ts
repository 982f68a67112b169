/**
 * A fast engine for TensorFlow.js in Node.js: a current TensorFlow under it, kernels with fused gradients and bfloat16,
 * gradients with little memory, and tools to measure all of that. `@podium/engine/install` finds and installs
 * TensorFlow.
 *
 * @example
 * const engine = await loadEngine({ precision: 'auto' });
 * const { value, gradients } = valueAndGradients(
 *   () => tf.mean(activate(conv2d(x, weight, { padding: 1 }), 'relu')),
 *   [weight],
 * );
 */

// Loading.

export { findJpegDecoder, type JpegDecoder } from './jpeg-decoder.ts';
export {
  type BackendName,
  type Engine,
  type EngineOptions,
  loadEngine,
} from './load.ts';
export { measurePrecision, type Precision, precision, withPrecision } from './precision.ts';

// Kernels: differentiable ops as in torch.nn.functional, fused where the backend can.

export * from './kernels/index.ts';

// Gradients.

export {
  type ValueAndGradients,
  type ValueAndWatched,
  valueAndGradients,
  valueAndWatched,
  watch,
} from './backward.ts';
export { recomputed } from './recomputed.ts';

// Shapes without values.

export {
  isMeta,
  kernelOutputs,
  kernelsWithShapes,
  metaTensor,
  multiplyAdds,
  onMeta,
  watchReads,
} from './meta/index.ts';
export { currentBackend, type NamedBackend, withBackend } from './with-backend.ts';

// Memory, time and diagnosis.

export { type EngineProblem, type EngineReport, inspectEngine } from './doctor.ts';
export { type CpuReport, cpuComputesBfloat16, inspectCpu } from './doctor-cpu.ts';
export { type Memory, memory, readValues, resetPeakMemory, withoutLeaks } from './memory.ts';
export {
  chromeTrace,
  formatProfile,
  type KernelEvent,
  type KernelSummary,
  type Profile,
  profile,
  summarize,
} from './profiler.ts';
