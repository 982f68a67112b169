/**
 * From a competition folder to batches of images: layouts, checks, folds, decoding, a cache and a loader.
 *
 * @example
 * const data = await readDataset('data/masks');
 * assertNoLeaks(await inspectDataset(data));
 * const folds = assignFolds({ heads: data.heads, rows: data.train }, { folds: 5, seed: 1 });
 * const { train } = rowsOfFold(withFolds(data.train, folds), 0);
 * const loader = createLoader({
 *   root: data.root, rows: train, heads: data.heads, batchSize: 32, imageSize: [224, 224], seed: 1,
 * });
 */

// Reading a competition folder: `layouts` are the ways in which competitions ship images and labels.

export { type CompetitionFolder, type FolderOptions, openFolder } from './folder/open-folder.ts';
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
export { type SettingChoice, settingText, UnclearSetting } from './layouts/unclear-setting.ts';

// The manifest: rows with labels, groups, folds and provenance, as a value and as a file.

export { type FoldRows, rowsOfFold } from './manifest/fold-rows.ts';
export {
  hashManifest,
  type Manifest,
  type ManifestHead,
  readManifest,
  readManifestHead,
  withoutUnusedClasses,
  writeManifest,
} from './manifest/manifest.ts';
export type { Head, ImageSource, Label, ManifestRow, Provenance } from './manifest/types.ts';

// Checks for damage, duplicates and leaks, and patches that fix what they find.

export type { Check, CheckContext, CheckLimits, Entry, Finding, Severity } from './checks/check.ts';
export { checks } from './checks/index.ts';
export type { Embeddings } from './inspect/duplicates.ts';
export {
  assertNoLeaks,
  duplicateSets,
  type InspectOptions,
  inspectDataset,
  proposePatch,
  type Report,
  type RowReading,
  withReading,
} from './inspect/inspect-dataset.ts';
export type { ImageScan } from './inspect/scan-image.ts';
export { type ValueRanges, withRanges } from './inspect/with-ranges.ts';
export {
  applyPatch,
  type Patch,
  type PatchEntry,
  readPatch,
  reversePatch,
  rowState,
  writePatch,
} from './manifest/patch.ts';

// Folds for cross-validation: groups stay together, classes are balanced.

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

// Images: decoding, and a cache of decoded images.

export {
  type BuildCacheOptions,
  buildCache,
  type CacheEvent,
  type CacheReport,
} from './cache/build-cache.ts';
export type { CacheOptions } from './cache/types.ts';
export { type DecodeOptions, type DecodeSettings, decodeImage } from './decode/decode-image.ts';
export { hasImageExtension } from './decode/file-format.ts';
export { type JpegDecoderFiles, useJpegDecoder } from './decode/jpeg-decoder.ts';

// The loader: reproducible batches, made by worker threads, resumable in the middle of an epoch.

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

// Samplers: the rows of an epoch and their order.

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

// Tables: CSV of any dialect, read in constant memory.

export type { TableColumns } from './tables/columns.ts';
export type { TableEncoding } from './tables/encoding.ts';
export {
  readTable,
  readTableColumns,
  type TableOptions,
  type TableRow,
  type TableSummary,
} from './tables/read-table.ts';
export { writeTable } from './tables/write-table.ts';
