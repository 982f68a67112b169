import type { StateDict } from '@podium/nn';
import type { HistoryRow } from '../loop/events.ts';
import type { FreezeState } from '../loop/freeze-state.ts';
import type { MadeWith } from '../loop/made-with.ts';
import type { OptimizerState } from '../optimizers/index.ts';
import type { ScheduleState } from '../schedules/index.ts';
import type { AverageState } from '../weights-averaging/index.ts';

/** Where a run is: plain JSON. */
export interface Progress {
  /** Optimizer steps done. */
  readonly step: number;
  /** Batches done. */
  readonly batch: number;
  /** Of the last batch, from 0; -1 before the first. */
  readonly epoch: number;
  /** Of the epoch, at its end: nothing of it is left but to start the next. */
  readonly epochDone: boolean;
  /** Losses read since the last row of the history: their sum and how many. */
  readonly lossSum: number;
  readonly lossCount: number;
  readonly seconds: number;
  readonly mixing: boolean;
  readonly seed: string | number;
  readonly history: readonly HistoryRow[];
}

/** All that a run needs to go on to the same bits. */
export interface TrainingCheckpoint {
  /** By path, in PyTorch's shapes and order. */
  readonly weights: StateDict;
  readonly optimizer: OptimizerState;
  readonly average?: AverageState;
  readonly schedule?: ScheduleState;
  /** Of the batches: what their `state()` said. */
  readonly loader: unknown;
  readonly freeze: FreezeState;
  /** By what the learning rate of each path is multiplied; without a plan absent. */
  readonly rates?: Readonly<Record<string, number>>;
  /** Settings of the run, to name what another run that goes on from here has different. */
  readonly madeWith?: MadeWith;
  readonly progress: Progress;
}
