export { applyAverage } from './apply-average.ts';
export { type FreezeState, freezeState, loadFreezeState } from './freeze-state.ts';
export { keepModes } from './keep-modes.ts';
export {
  type AverageSettings,
  Learner,
  type LearnerSettings,
  optimizerStep,
  type StepPosition,
} from './learner.ts';
export type { LearnerState } from './learner-state.ts';
export { backwardLosses, disposeLosses, type Losses } from './losses.ts';
export type { StepHookEvent, StepHooks } from './step-hooks.ts';
