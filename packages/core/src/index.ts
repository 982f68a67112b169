/**
 * What all Podium packages share; no TensorFlow.
 *
 * Settings schemas are in `@podium/core/settings`, which loads zod.
 */

// What was chosen, and what was left out: plain data that runs tell and record.
export type { Decide, Decision, Omission } from './decisions/decision.ts';
// Errors are data: `throw new PodiumError({ code, path, expected, got, fix })`, printed by `renderProblem`.
export { didYouMean } from './did-you-mean.ts';
export { fail, PodiumError, type Problem, type ProblemPath, renderProblem } from './errors.ts';
// Files are written whole or not at all.
export { createFile } from './files/create-file.ts';
export { fileError } from './files/file-error.ts';
// Among Podium's own files no link is followed, and of untrusted input only files are opened, up to a size.
export { linkFreeFs } from './files/link-free-fs.ts';
export { inFolder, inSubfolder, linkRefused, type OpenFolder } from './files/open-folder.ts';
export {
  assertOwn,
  isClosed,
  isOwn,
  makeClosed,
  ownPartOf,
  userConfigFolder,
} from './files/owners.ts';
export { isProcessName, ownerOf, processName } from './files/process-name.ts';
export { openFile, type ReadOptions, readBytes, readBytesIfAny, readText } from './files/read-file.ts';
export { removeFile, removeTree } from './files/remove.ts';
export { kindOfFile } from './files/special-file.ts';
export { removeStaleTemporaries } from './files/temporary-files.ts';
export { type WalkOptions, walkFolder } from './files/walk-folder.ts';
export {
  appendToFile,
  type FileContent,
  type WriteOptions,
  writeFileAtomic,
  writeMark,
} from './files/write-file-atomic.ts';
// SHA-256 of bytes, files and JSON-like values.
export { hashBytes, shortHash } from './hash/hash-bytes.ts';
export { hashFile } from './hash/hash-file.ts';
export { canonicalText, hashValue } from './hash/hash-value.ts';
// Images: bytes `[H,W,C]`, resampling with Pillow's results, normalization.
export type { BatchMixer, MixableBatch } from './image/batch-mixer.ts';
export type { Image, ImageSize, ImageTransform, Interpolation, ReadWindow } from './image/image.ts';
export { imagenetNormalization, type Normalization, normalizeBytes } from './image/normalization.ts';
export { type ResampleBox, resample } from './image/resample.ts';
export { bytesOf, simdKernels, type WasmMemory } from './image/simd.ts';
// Numbers: statistics and optimization in float64.
export { argmax } from './math/argmax.ts';
export { choleskyInPlace, solveCholesky } from './math/cholesky.ts';
export { normalCdf, normalQuantile, studentQuantile } from './math/normal.ts';
export { quantile } from './math/quantile.ts';
export { type Ranking, rankRows, rocAuc } from './math/roc-auc.ts';
export { logSumExp, sigmoid, softmaxInPlace } from './math/softmax.ts';
export { wilson } from './math/wilson.ts';
export { type LbfgsOptions, type Minimum, minimizeLbfgs, type ValueAndGradient } from './optimize/lbfgs.ts';
export {
  crossEntropy,
  fitLogisticRegression,
  type LinearModel,
  type LogisticRegressionOptions,
  linearProbabilities,
  linearScores,
  minimizePenalized,
  oneHot,
  type PenalizedOptions,
} from './optimize/logistic-regression.ts';
// Orders of strings that do not depend on the locale.
export { compareCodeUnits } from './order/compare-code-units.ts';
// Predictions: N ids x K classes as typed arrays; checked, and stored as the same bytes for the same content.
export { readPredictions, writePredictions } from './predictions/files.ts';
export { decodePredictions, encodePredictions } from './predictions/format.ts';
export { Predictions } from './predictions/predictions.ts';
export type { PredictionKind, PredictionsParts, PredictionTask } from './predictions/predictions-parts.ts';
export type { Scorable, Score } from './predictions/score.ts';
// Random numbers: `Rng.fromSeed(seed).split('epoch', 3, id)` is the same stream on every machine and worker.
export { fillByName, namedValues } from './random/named-values.ts';
export { Rng, type RngState } from './random/rng.ts';
// Registries are values: `defineRegistry([resnet, vgg], { kind: 'model' })`.
export { matchesGlob } from './registry/matches-glob.ts';
export { defineRegistry, type Registry } from './registry/registry.ts';
// Text from files and names: nothing in it is acted on by a terminal, run by a spreadsheet, or nests without end.
export { FORMULA, formulaRead, withoutFormula } from './text/formula.ts';
export { parseJson } from './text/parse-json.ts';
export { printable, printableLines } from './text/printable.ts';
