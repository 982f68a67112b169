import { z } from 'zod';
import { warmupSettings } from './warmup.ts';

/** A learning rate over time. Time is counted from 0, in steps or in epochs: whichever the caller passes. */
export interface Schedule {
  readonly name: string;
  /** Its settings, with defaults: plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /**
   * Learning rate at a time. Only {@link observe} changes a schedule, so a resumed run needs no more than its step count.
   *
   * @throws PodiumError `training-time` for a negative or infinite time
   */
  at(time: number): number;
  /** Passes a new value of the monitored metric, once per epoch. Only `plateau` uses it. */
  observe(metric: number): void;
  /** What {@link observe} has changed, as plain JSON for a checkpoint. */
  state(): ScheduleState;
  /** @throws PodiumError `training-schedule-state` if the state belongs to another schedule */
  loadState(state: ScheduleState): void;
}

export interface ScheduleState {
  readonly schedule: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** A schedule with its settings, without warmup. */
interface Curve {
  /** Learning rate at a time after the warmup. */
  readonly at: (time: number) => number;
  /** Rate that a warmup rises to. Default `at(0)`. */
  readonly peak?: number;
  /** Makes a schedule react to a metric. */
  readonly reaction?: {
    readonly observe: (metric: number) => void;
    readonly numbers: () => Record<string, number>;
    readonly load: (numbers: Readonly<Record<string, number>>) => void;
  };
}

const learningRate = z.number().min(0).describe('highest learning rate');

export const totalSteps = z.int().min(1).describe('steps from the first to the last, warmup included');

export const minLearningRate = z.number().min(0).default(0).describe('lowest learning rate');

/** Settings of every schedule. */
export type CommonShape = { readonly learningRate: typeof learningRate } & typeof warmupSettings;

export const commonSettings: CommonShape = { learningRate, ...warmupSettings };

/** A schedule as data and arithmetic; `createSchedule` adds warmup, checks and state. */
export interface ScheduleDefinition<
  Name extends string = string,
  Settings extends z.ZodObject<CommonShape> = z.ZodObject<CommonShape>,
> {
  readonly name: Name;
  /** One line for a catalog. */
  readonly summary: string;
  readonly settings: Settings;
  create(settings: z.output<Settings>): Curve;
}

/** Types a definition by its name and settings. */
export function defineSchedule<const Name extends string, Settings extends z.ZodObject<CommonShape>>(
  definition: ScheduleDefinition<Name, Settings>,
): ScheduleDefinition<Name, Settings> {
  return definition;
}
