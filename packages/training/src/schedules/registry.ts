import { defineRegistry, PodiumError, type Registry } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import type { NamedOptions } from '../named-options.ts';
import type { Schedule, ScheduleDefinition, ScheduleState } from './definition.ts';
import * as all from './kinds/index.ts';
import { withWarmup } from './warmup.ts';

/** A schedule by name with its settings: `{ name: 'cosine', learningRate: 0.1, totalSteps: 1000, warmup: 50 }`. */
export type ScheduleOptions = NamedOptions<(typeof all)[keyof typeof all]>;

/** All schedules by name. */
export const schedules: Registry<ScheduleDefinition> = defineRegistry<ScheduleDefinition>(
  Object.values(all),
  { kind: 'schedule' },
);

/**
 * Creates a schedule. Every schedule takes `warmup` and `warmupStart`: a linear rise to its first rate. For schedules
 * with `totalSteps` the warmup is part of them.
 *
 * @throws PodiumError for an unknown name, or a setting that is missing or out of range
 *
 * @example
 * const schedule = createSchedule({ name: 'cosine', learningRate: 1e-3, totalSteps: 1000, warmup: 50 });
 * optimizer.learningRate = schedule.at(step);
 */
export function createSchedule(options: ScheduleOptions): Schedule {
  const { name, ...given } = options;
  const definition = schedules.get(name);
  const owner = `schedule "${name}"`;
  const settings = parseSettings(definition.settings, given, { owner, code: 'training-setting' });
  const { at, peak = at(0), reaction } = definition.create(settings);
  const warmed = withWarmup(settings, peak, at);
  return {
    name,
    settings,
    at: (time) => warmed(assertTime(owner, time)),
    observe: (metric) => reaction?.observe(metric),
    state: () => ({ schedule: name, numbers: reaction?.numbers() ?? {} }),
    loadState(state) {
      assertState(state, name, Object.keys(reaction?.numbers() ?? {}));
      reaction?.load(state.numbers);
    },
  };
}

function assertTime(owner: string, time: number): number {
  if (time >= 0 && Number.isFinite(time)) return time;
  throw new PodiumError({
    code: 'training-time',
    message: `time of ${owner}`,
    expected: 'a number >= 0',
    got: String(time),
  });
}

function assertState(state: ScheduleState, name: string, expected: readonly string[]): void {
  const numbers = state?.numbers ?? {};
  const fits =
    state?.schedule === name &&
    Object.keys(numbers).length === expected.length &&
    expected.every((key) => Object.hasOwn(numbers, key) && Number.isFinite(numbers[key]));
  if (fits) return;
  throw new PodiumError({
    code: 'training-schedule-state',
    message: 'state of a schedule',
    expected: `${name} with ${expected.join(', ') || 'no numbers'}`,
    got: JSON.stringify(state),
    fix: 'resume with the schedule that the checkpoint was written with',
  });
}
