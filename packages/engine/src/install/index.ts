export { syncFolder } from './cache.ts';
export { describeAttempt, describeBytes, describeEvent } from './describe.ts';
export { systemCode } from './failure.ts';
export { type CacheReport, type CacheUse, inspectCache } from './inspect.ts';
export { findTensorflow, installTensorflow } from './install.ts';
export { describeFile, type KeptFile, verifyFiles } from './kept-files.ts';
export { withLock } from './lock.ts';
export { whatIsMissing } from './missing.ts';
export { fetchPackageFile, type PackageFile, type PackageFileOptions } from './package-file.ts';
export { type Probe, probeLibrary } from './probe.ts';
export { cacheRoot, readSwitch } from './settings.ts';
export type {
  Attempt,
  InstallEvent,
  InstallOptions,
  InstallResult,
  NativeLibrary,
  SourceName,
} from './types.ts';
