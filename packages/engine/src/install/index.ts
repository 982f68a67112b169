export { describeAttempt, describeBytes, describeEvent } from './describe.ts';
export { type CacheReport, type CacheUse, inspectCache } from './inspect.ts';
export { findTensorflow, installTensorflow } from './install.ts';
export { whatIsMissing } from './missing.ts';
export { type Probe, probeLibrary } from './probe.ts';
export type {
  Attempt,
  InstallEvent,
  InstallOptions,
  InstallResult,
  NativeLibrary,
  SourceName,
} from './types.ts';
