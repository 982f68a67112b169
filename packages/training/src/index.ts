// Podium's training: what changes weights, and what it is told by.

export {
  balancedClassWeights,
  type ClassWeightOptions,
  createHeadsLoss,
  createLoss,
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
} from './losses/index.ts';
export {
  type CommonSettings,
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
  type AverageState,
  createEma,
  createSwa,
  type EmaOptions,
  refreshBatchNorm,
  type WeightAverage,
} from './weights-averaging/index.ts';
