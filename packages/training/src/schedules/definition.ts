import type { SettingsSpec } from '../settings.ts';

/** A learning rate over time. Time is counted in whole steps or epochs from 0: whichever the caller asks by. */
export interface Schedule {
  readonly name: string;
  /** What it was made with, defaults included: plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /**
   * The learning rate at a time. The same whenever it is asked: nothing but {@link observe} changes a schedule, so a
   * resumed run needs no more than its count of steps.
   */
  at(time: number): number;
  /** Tells a schedule that reacts to a metric (plateau) its new value, once an epoch. Others ignore it. */
  observe(metric: number): void;
  /** What {@link observe} has changed, for a checkpoint; goes through JSON unchanged. */
  state(): ScheduleState;
  /** @throws PodiumError `training-schedule-state` where it is of another schedule */
  loadState(state: ScheduleState): void;
}

export interface ScheduleState {
  readonly schedule: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** The part of a schedule that reacts. */
interface Reaction {
  readonly observe: (metric: number) => void;
  readonly numbers: () => Record<string, number>;
  readonly load: (numbers: Readonly<Record<string, number>>) => void;
}

/** A schedule by its settings. */
export interface ScheduleDefinition<Name extends string = string, S = object> {
  readonly name: Name;
  readonly settings: SettingsSpec<S>;
  /** Says what is wrong with settings that are right one by one. */
  readonly conflict?: (settings: S) => string | undefined;
  readonly create: (settings: S) => { readonly at: (time: number) => number; readonly reaction?: Reaction };
}
