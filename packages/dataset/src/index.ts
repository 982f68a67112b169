export {
  type BuildCacheOptions,
  buildCache,
  type CacheEvent,
  type CacheReport,
} from './cache/build-cache.ts';
export type { CacheOptions } from './cache/types.ts';
export { checks } from './checks/index.ts';
export type { Embeddings } from './checks/support/duplicates.ts';
export {
  duplicateSets,
  type InspectOptions,
  inspectDataset,
  proposePatch,
  type Report,
  refuseLeaks,
} from './checks/support/inspect.ts';
export type { ImageScan } from './checks/support/scan-image.ts';
export type { Check, CheckContext, CheckLimits, Entry, Finding, Severity } from './checks/support/types.ts';
export { type DecodeOptions, type DecodeSettings, decodeImage } from './decode/decode-image.ts';
export { foldMethods } from './folds/index.ts';
export {
  assignFolds,
  chooseFoldMethod,
  type FoldOptions,
  type Folds,
  withFolds,
} from './folds/support/assign.ts';
export { readFolds, writeFolds } from './folds/support/files.ts';
export { type ClassBalance, type FoldQuality, foldQuality } from './folds/support/quality.ts';
export type { FoldInput, FoldMethod } from './folds/support/types.ts';
export { layouts } from './layouts/index.ts';
export { type CompetitionFolder, type FolderOptions, openFolder } from './layouts/support/folder.ts';
export {
  type ReadDatasetOptions,
  type Recognition,
  readDataset,
  recognizeLayout,
} from './layouts/support/read-dataset.ts';
export type {
  DatasetDescription,
  Detection,
  Layout,
  MissingImage,
  PossibleGroup,
  SubmissionFormat,
} from './layouts/support/types.ts';
export { createLoader } from './loader/create-loader.ts';
export { sampleRng } from './loader/plan.ts';
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
