import type { StateDict } from '@podium/nn';
import type { OptimizerState } from '../optimizers/index.ts';
import type { ScheduleState } from '../schedules/index.ts';
import type { AverageState } from '../weights-averaging/index.ts';
import type { FreezeState } from './freeze-state.ts';

/** State of a learner, for checkpoints. */
export interface LearnerState {
  /** By path, in PyTorch's shapes and order. */
  readonly weights: StateDict;
  readonly optimizer: OptimizerState;
  readonly average?: AverageState;
  readonly schedule?: ScheduleState;
  readonly freeze: FreezeState;
  /** Learning rate of each path relative to the scheduled one; only with a plan. */
  readonly rates?: Readonly<Record<string, number>>;
}
