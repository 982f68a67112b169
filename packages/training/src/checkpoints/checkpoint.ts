import type { StateTensor } from '@podium/nn';
import type { HistoryRow } from '../history/index.ts';
import type { LearnerState } from '../learner/index.ts';
import type { ConfigSnapshot } from './config-snapshot.ts';

/** How far a run is: plain JSON. */
export interface Progress {
  /** Optimizer steps done. */
  readonly step: number;
  /** Batches done. */
  readonly batch: number;
  /** Of the last batch, from 0; -1 before the first. */
  readonly epoch: number;
  /** Whether this epoch is complete, with its validation. */
  readonly epochDone: boolean;
  /** Losses read since the last row of the history: their sum and number. */
  readonly lossSum: number;
  readonly lossCount: number;
  readonly seconds: number;
  readonly mixing: boolean;
  readonly seed: string | number;
  readonly history: readonly HistoryRow[];
}

/** State of a task beside its learners: an EMA teacher, the counters of a method. */
export interface TaskState {
  readonly tensors: ReadonlyMap<string, StateTensor>;
  /** Plain JSON. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** All that a run needs to continue to the same bits. At the top level, the state of the task's first learner. */
export interface TrainingCheckpoint extends LearnerState {
  /** Further learners of the task, by name: a trained teacher. */
  readonly learners?: Readonly<Record<string, LearnerState>>;
  readonly task?: TaskState;
  /** What the batches' `state()` returned. */
  readonly loader: unknown;
  /** Settings of the run, to name what a resuming run has changed. */
  readonly config?: ConfigSnapshot;
  readonly progress: Progress;
}
