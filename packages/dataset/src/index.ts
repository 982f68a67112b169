export {
  type BuildCacheOptions,
  buildCache,
  type CacheEvent,
  type CacheReport,
} from './cache/build-cache.ts';
export type { CacheOptions } from './cache/types.ts';
export type { Check, CheckContext, CheckLimits, Entry, Finding, Severity } from './checks/check.ts';
export { checks } from './checks/index.ts';
export { type DecodeOptions, type DecodeSettings, decodeImage } from './decode/decode-image.ts';
export { type CompetitionFolder, type FolderOptions, openFolder } from './folder/open-folder.ts';
export {
  assignFolds,
  chooseFoldMethod,
  type FoldOptions,
  type Folds,
  withFolds,
} from './folds/assign-folds.ts';
export { readFolds, writeFolds } from './folds/fold-files.ts';
export type { FoldInput, FoldMethod } from './folds/fold-method.ts';
export { type ClassBalance, type FoldQuality, foldQuality } from './folds/fold-quality.ts';
export { foldMethods } from './folds/methods/index.ts';
export type { Embeddings } from './inspect/duplicates.ts';
export {
  assertNoLeaks,
  duplicateSets,
  type InspectOptions,
  inspectDataset,
  proposePatch,
  type Report,
} from './inspect/inspect-dataset.ts';
export type { ImageScan } from './inspect/scan-image.ts';
export { layouts } from './layouts/index.ts';
export type {
  DatasetDescription,
  Detection,
  Layout,
  MissingImage,
  PossibleGroup,
  SubmissionFormat,
} from './layouts/layout.ts';
export {
  type ReadDatasetOptions,
  type Recognition,
  readDataset,
  recognizeLayout,
} from './layouts/read-dataset.ts';
export { createLoader } from './loader/create-loader.ts';
export { sampleRng } from './loader/epoch-order.ts';
export { splitViews } from './loader/split-views.ts';
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
export { checkRows } from './manifest/check-rows.ts';
export { type FoldRows, rowsOfFold } from './manifest/fold-rows.ts';
export {
  hashManifest,
  type Manifest,
  readManifest,
  withoutUnusedClasses,
  writeManifest,
} from './manifest/manifest.ts';
export {
  applyPatch,
  type Patch,
  type PatchEntry,
  readPatch,
  reversePatch,
  rowState,
  writePatch,
} from './manifest/patch.ts';
export type { Head, ImageSource, ManifestRow, Provenance } from './manifest/types.ts';
export { type ClassBalancedOptions, classBalanced } from './samplers/class-balanced.ts';
export { type FixedSizeEpochsOptions, fixedSizeEpochs } from './samplers/fixed-size-epochs.ts';
export { createSampler, samplers } from './samplers/index.ts';
export { repeated } from './samplers/repeated.ts';
export type {
  Sampler,
  SamplerContext,
  SamplerDefinition,
  SamplerFactory,
} from './samplers/sampler.ts';
export { sequential } from './samplers/sequential.ts';
export { shuffled } from './samplers/shuffled.ts';
export { weighted } from './samplers/weighted.ts';
export type { TableColumns } from './tables/columns.ts';
export type { TableEncoding } from './tables/encoding.ts';
export {
  readTable,
  readTableColumns,
  type TableOptions,
  type TableRow,
  type TableSummary,
} from './tables/read-table.ts';
export { tableText, writeTable } from './tables/write-table.ts';
