/**
 * Methods that learn from labeled and unlabeled images at once, and backbones that learn from images alone, on the training
 * loop of `@podium/training`: with its optimizers, schedules, callbacks and checkpoints.
 *
 * - **Methods**: `createSemiSupervised({ name: 'fixmatch' }, { heads })`, then `trainSemiSupervised`. The registry
 *   `semiSupervisedMethods` lists them, with their papers' defaults and ratios.
 * - **Batches**: `pairBatches` puts a loader of labeled and one of unlabeled images side by side.
 * - **Pretraining**: `createPretraining({ name: 'simclr' }, { model, features })`, then `pretrain`, which returns a state
 *   dict for `writeSafetensors`.
 */
export {
  type OpenBatches,
  pairBatches,
  type SemiSupervisedBatch,
  type ViewBatch,
  type Views,
} from './batches/index.ts';
export {
  defineSemiSupervised,
  type MethodContext,
  type SemiSupervisedDefinition,
  type SemiSupervisedMethod,
  type StepShare,
  type TeacherKind,
} from './definition.ts';
export type { SupervisedLoss } from './losses.ts';
export type { Network, TrainedNetwork } from './network.ts';
export { createPretraining, type Pretraining } from './pretraining/create-pretraining.ts';
export {
  type Backbone,
  definePretraining,
  type PretrainingDefinition,
  type PretrainingObjective,
} from './pretraining/definition.ts';
export { ntXent } from './pretraining/nt-xent.ts';
export { type PretrainResult, type PretrainSettings, pretrain } from './pretraining/pretrain.ts';
export { pretrainingTasks } from './pretraining/registry.ts';
export { createSemiSupervised, type MethodOptions, semiSupervisedMethods } from './registry.ts';
export type { ValidateModel } from './semi-supervised-task.ts';
export {
  type SemiSupervisedResult,
  type SemiSupervisedSettings,
  trainSemiSupervised,
} from './train-semi-supervised.ts';
