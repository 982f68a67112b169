/**
 * Augmentation: images changed at random, the same way for the same seed.
 *
 * - **Pipelines** are data: `pipelineFrom([{ "randomResizedCrop": { "size": 224 } }, "horizontalFlip"])`; its `spec` goes
 *   into the run file, its `window` and `apply` into a loader. `preset('medium', { size: 224 })` is a ready-made list.
 * - **Transforms** and policies (RandAugment, TrivialAugment, AutoAugment, AugMix) stand in the registry `transforms`;
 *   `transforms.get('rotate')` says what its settings are and makes the step.
 * - **Combinators**: `compose`, `oneOf`, `sometimes`, `shuffled`, in a spec by the same names.
 * - **Views** for test-time augmentation: `viewsFrom(['identity', 'horizontalFlip', 'fiveCrops'], { size: 224 })`, each for a
 *   loader by its `spec` and `viewFrom`; `restoreMaps` brings what was seen in them back onto the image.
 * - **Batches**: `createBatchMixer` for MixUp and CutMix, `normalizeInto` for the floats that a model takes.
 */
export { compose } from './combinators/compose.ts';
export { oneOf } from './combinators/one-of.ts';
export { shuffled } from './combinators/shuffled.ts';
export { sometimes } from './combinators/sometimes.ts';
export { type ContactSheetSettings, contactSheet, type Runnable } from './contact-sheet.ts';
export type { Affine } from './kernels/affine.ts';
export type { Border, Sampling } from './kernels/warp.ts';
export { LazyImage, runStep, type Step } from './lazy-image.ts';
export type { ImageBatch } from './mixers/batch.ts';
export { type BatchMixer, createBatchMixer, type MixSettings } from './mixers/mix.ts';
export { IMAGENET, type Normalization, normalizeInto } from './normalize.ts';
export { type Pipeline, pipelineFrom } from './pipeline.ts';
export { type PresetName, type PresetSettings, preset } from './presets.ts';
export { transforms } from './registry.ts';
export type { StepSpec } from './spec.ts';
export type { Opening, StepSettings, TransformEntry } from './transform.ts';
export { type RestoredMap, restoreMaps, type ViewMap } from './views/support/restore-maps.ts';
export type { Placement, ViewFrame, ViewKind, ViewParts } from './views/support/view.ts';
export { type View, type ViewSpec, viewFrom, viewKinds, viewsFrom } from './views/support/views-from.ts';
