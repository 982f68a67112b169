/**
 * Training on TensorFlow, with PyTorch's and timm's numbers.
 *
 * - **The loop**: `createTrainer({ model, loss, optimizer, batches, epochs, ... }).fit()` trains, validates, averages weights
 *   and writes checkpoints; a killed run resumes to the same bits. `fit` runs any other `TrainingTask`.
 * - **Optimizers, schedules, losses** are registries; each entry has a summary and a zod schema of its settings.
 *   `createOptimizer`, `createSchedule` and `createLoss` create one by name; `createHeadsLoss` combines losses of several heads.
 * - **Callbacks** listen to events and answer with signals: `earlyStopping`, `modelCheckpoint`, `progress`, `tensorBoard`.
 * - **Averages** of weights: EMA, SWA, uniform and greedy soups.
 * - **The doctor**: `runDoctor` checks a model, its data and settings for common mistakes; `performanceTips` says what slows
 *   training.
 */

export {
  type BatchPosition,
  type BatchSource,
  denseTargets,
  type ImageBatch,
  imagesToTensor,
  type LabeledHead,
  type TrainingBatch,
} from './batches/index.ts';
export * from './callbacks/index.ts';
export {
  type CheckpointStore,
  type CheckpointStoreOptions,
  createCheckpointStore,
  describeChange,
  type Progress,
  readCheckpointFolder,
  type SettingChange,
  type StoredCheckpoint,
  type TaskState,
  type TrainingCheckpoint,
} from './checkpoints/index.ts';
export {
  type CheckResult,
  type DoctorCheck,
  type DoctorFinding,
  type DoctorStart,
  type DoctorSubject,
  doctorChecks,
  type PerformanceStats,
  type PerformanceTip,
  performanceTips,
  runDoctor,
  timeDoctorStep,
  type Verdict,
} from './doctor/index.ts';
export { type HistoryRow, historyCsv } from './history/index.ts';
export {
  type AverageSettings,
  applyAverage,
  disposeLosses,
  type FreezeState,
  Learner,
  type LearnerSettings,
  type LearnerState,
  type Losses,
  type StepHookEvent,
  type StepHooks,
  type StepPosition,
} from './learner/index.ts';
export {
  type BatchContext,
  type Callback,
  createTrainer,
  type EndReason,
  type Evaluation,
  type EventName,
  type Every,
  evaluate,
  type FindLearningRateOptions,
  type FitResult,
  type FitSettings,
  findLearningRate,
  fitTask,
  type LearningRateCurve,
  type LearningRatePoint,
  type MetricFunction,
  type Resume,
  type Signal,
  supervisedTask,
  type Trainer,
  type TrainerSettings,
  type TrainingContext,
  type TrainingEvent,
  type TrainingEvents,
  type TrainingTask,
  type ValidationSettings,
} from './loop/index.ts';
export {
  balancedClassWeights,
  type ClassWeightOptions,
  createHeadsLoss,
  createLoss,
  fitsTask,
  type Head,
  type HeadsLoss,
  type HeadsLossOptions,
  type Loss,
  type LossCallOptions,
  type LossDefinition,
  type LossInputs,
  type LossOptions,
  losses,
  type TargetKind,
  type TargetScale,
} from './losses/index.ts';
export {
  createOptimizer,
  type GroupOptions,
  type GroupOverride,
  type LayerDecay,
  type Optimizer,
  type OptimizerDefinition,
  type OptimizerOptions,
  type OptimizerState,
  optimizers,
  type ParameterGroup,
  type ParameterNumbers,
  parameterGroups,
  type StepOptions,
  type StepResult,
} from './optimizers/index.ts';
export {
  createSchedule,
  type Schedule,
  type ScheduleDefinition,
  type ScheduleOptions,
  type ScheduleState,
  schedules,
} from './schedules/index.ts';
export {
  type AverageOptions,
  type AverageState,
  createAverage,
  createEma,
  createSwa,
  type EmaOptions,
  type GreedySoup,
  type GreedySoupOptions,
  greedySoup,
  type RefreshOptions,
  refreshedBy,
  refreshStatistics,
  type SoupIngredient,
  type SoupOptions,
  uniformSoup,
  type WeightAverage,
} from './weights-averaging/index.ts';
