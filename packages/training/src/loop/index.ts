export type { BatchSource, MixableBatch, TrainingBatch } from './batch.ts';
export type { Mixer, Normalization } from './batch-tensors.ts';
export type {
  Callback,
  EndReason,
  EventName,
  HistoryRow,
  Signal,
  TrainingContext,
  TrainingEvent,
  TrainingEvents,
} from './events.ts';
export {
  type FindLearningRateOptions,
  findLearningRate,
  type LearningRateCurve,
  type LearningRatePoint,
} from './find-learning-rate.ts';
export type { FreezeState } from './freeze-state.ts';
export { describeChange, type SettingChange } from './made-with.ts';
export { refreshStatistics } from './refresh-statistics.ts';
export type { AverageSettings, MetricFunction, TrainerSettings, ValidationSettings } from './settings.ts';
export { createTrainer, type FitResult, type Trainer } from './trainer.ts';
export { type Evaluation, evaluate } from './validate.ts';
