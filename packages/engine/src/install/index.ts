/** `@podium/engine/install`: finds, downloads, compiles and caches TensorFlow, and files of Python packages. */

// TensorFlow.

export { describeAttempt, describeBytes, describeEvent } from './describe.ts';
export { findTensorflow, installTensorflow } from './install.ts';
export type {
  Attempt,
  InstallEvent,
  InstallOptions,
  InstallResult,
  NativeLibrary,
  SourceName,
} from './types.ts';

// The cache.

export { type CacheReport, type CacheUse, inspectCache } from './inspect.ts';
export { type Probe, probeLibrary } from './probe.ts';
export { cacheRoot, readSwitch, sharedCache } from './settings.ts';

// For other caches of downloaded files.

export { syncFolder } from './cache.ts';
export { systemCode } from './failure.ts';
export { describeFile, type KeptFile, verifyFiles } from './kept-files.ts';
export { withLock } from './lock.ts';
export { fetchPackageFile, type PackageFile, type PackageFileOptions } from './package-file.ts';
