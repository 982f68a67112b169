export type { Resume } from './checkpointing.ts';
export { type Evaluation, evaluate } from './evaluate.ts';
export type {
  Callback,
  EndReason,
  EventName,
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
export type { Every, FitSettings } from './fit-settings.ts';
export { type FitResult, fitTask } from './fit-task.ts';
export { supervisedTask } from './supervised-task.ts';
export type { BatchContext, TrainingTask } from './task.ts';
export { createTrainer, type Trainer } from './trainer.ts';
export type { MetricFunction, TrainerSettings, ValidationSettings } from './trainer-settings.ts';
