/**
 * Augmentation: random changes of images, the same for the same seed.
 *
 * @example
 * const pipeline = pipelineFrom([{ randomResizedCrop: { size: 224 } }, 'horizontalFlip', { randAugment: {} }]);
 * const augmented = pipeline.run(image, Rng.fromSeed(1));
 */

// Pipelines: lists of steps as data. A pipeline's `spec` goes into records, its `window` and `apply` into a loader.

export { type Pipeline, pipelineFrom } from './pipeline.ts';
export { type PresetName, type PresetSettings, preset } from './presets.ts';
export type { StepSpec } from './spec.ts';

// Steps: all transforms and policies, combinators, and the types that own steps are made from.

export { compose } from './combinators/compose.ts';
export { oneOf } from './combinators/one-of.ts';
export { shuffled } from './combinators/shuffled.ts';
export { sometimes } from './combinators/sometimes.ts';
export type { Affine } from './kernels/affine.ts';
export type { Border, Sampling } from './kernels/warp.ts';
export { LazyImage, runStep, type Step } from './lazy-image.ts';
export { SHAPE_OPERATIONS } from './policies/rand-augment.ts';
export { combinators, transforms } from './registry.ts';
export type { Opening, StepSettings, TransformEntry } from './transform.ts';

// Views for test-time augmentation, and maps over views projected back onto the image.

export type { Placement, ViewFrame, ViewKind, ViewParts } from './views/define-view.ts';
export { type RestoredMap, restoreMaps, type ViewMap } from './views/restore-maps.ts';
export { type View, type ViewSpec, viewFrom, viewKinds, viewsFrom } from './views/views-from.ts';

// Batches: MixUp and CutMix.

export { createBatchMixer, type MixSettings, type SpecifiedMixer } from './mixers/mix.ts';

// Previews.

export { type ContactSheetSettings, contactSheet, type Runnable } from './contact-sheet.ts';
