/**
 * Methods that learn from labeled and unlabeled images at once, and backbones that learn from images alone; on
 * TensorFlow.js.
 *
 * - **Methods**: `createSemiSupervised({ name: 'fixmatch' }, { classes: 10 })`, then `trainSemiSupervised`. The registry
 *   `semiSupervisedMethods` says which there are, with their papers' defaults and ratios.
 * - **Batches** come from outside, with the views already made; `mixedBatches` makes them of images in memory.
 * - **Pretraining**: `createPretraining({ name: 'simclr' }, { model, features })`, then `pretrain`; its result is a state
 *   dict for `writeSafetensors`.
 * - Optimizers and schedules are given: those of `@podium/training`, or anything with the same few methods.
 */
export type { Backbone, PretrainingDefinition } from '../pretrain/definition.ts';
export { ntXent } from '../pretrain/nt-xent.ts';
export {
  createPretraining,
  type Pretraining,
  type PretrainingBatch,
  type PretrainResult,
  type PretrainSettings,
  pretrain,
} from '../pretrain/pretrain.ts';
export { pretrainingTasks } from '../pretrain/registry.ts';
export type { BatchShape, Pixels, SemiSupervisedBatch, Views } from './batch.ts';
export {
  defineSemiSupervised,
  type MethodContext,
  type RunProgress,
  type SemiSupervisedDefinition,
  type SemiSupervisedMethod,
  type TeacherKind,
} from './definition.ts';
export type { Learner, LearnerSettings, Losses, StepOptimizer, StepSchedule } from './learner.ts';
export type { SupervisedLoss } from './losses.ts';
export { type ImageSet, type MixedBatchesSettings, mixedBatches, type View } from './mixed-batches.ts';
export { createSemiSupervised, type MethodOptions, semiSupervisedMethods } from './registry.ts';
export type { Evaluated, RunEvent, RunResult, RunSettings } from './run.ts';
export type { RunState } from './run-state.ts';
export { type SemiSupervisedResult, type SemiSupervisedSettings, trainSemiSupervised } from './train.ts';
