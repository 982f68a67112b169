/**
 * What every Podium package shares; no TensorFlow.
 *
 * - **Errors** are data: `throw new PodiumError({ code, path, expected, got, fix })`, and `renderProblem` prints them.
 * - **Rng**: `Rng.fromSeed(seed).split('epoch', 3, id)` is the same stream in whatever order and on whatever worker.
 * - **Registries** are values: `defineRegistry([resnet, vgg], { kind: 'model' })`.
 * - **Predictions**: what a model says about N ids and K classes, as typed arrays; checked, and stored as bytes that
 *   are equal for equal content.
 * - **Hashes**: SHA-256 of bytes, files and JSON-like values.
 * - **Files** are written whole or not at all: `writeFileAtomic`.
 */
export { PodiumError, type Problem, type ProblemPath, renderProblem } from './errors.ts';
export { fileError } from './files/file-error.ts';
export { ownerOf, processName } from './files/process-name.ts';
export { removeStaleTemporaries } from './files/temporary-files.ts';
export { type FileContent, writeFileAtomic } from './files/write-file-atomic.ts';
export { hashBytes, shortHash } from './hash/hash-bytes.ts';
export { hashFile } from './hash/hash-file.ts';
export { canonicalText, hashValue } from './hash/hash-value.ts';
export type { Image, ImageSize, ImageTransform, Interpolation, ReadWindow } from './image/image.ts';
export { type ResampleBox, resample } from './image/resample.ts';
export { bytesOf, simdKernels, type WasmMemory } from './image/simd.ts';
export { type LbfgsOptions, type Minimum, minimizeLbfgs, type ValueAndGradient } from './optimize/lbfgs.ts';
export { readPredictions, writePredictions } from './predictions/files.ts';
export { decodePredictions, encodePredictions } from './predictions/format.ts';
export {
  type PredictionKind,
  Predictions,
  type PredictionsParts,
  type PredictionTask,
} from './predictions/predictions.ts';
export { fillByName, namedValues } from './random/named-values.ts';
export { Rng, type RngState } from './random/rng.ts';
export { matchesGlob } from './registry/glob.ts';
export { defineRegistry, type Registry } from './registry/registry.ts';
export { didYouMean } from './suggest.ts';
