import { defineRegistry, PodiumError, type Registry } from '@podium/core';
import { readSettings } from '../settings.ts';
import * as all from './all.ts';
import type { Schedule, ScheduleDefinition, ScheduleState } from './definition.ts';
import { type WarmUpSettings, warmUpSettings, withWarmUp } from './warm-up.ts';

type Known = (typeof all)[keyof typeof all];

/** A schedule by name with its settings: `{ name: 'cosine', learningRate: 0.1, total: 1000, warmUp: 50 }`. */
export type ScheduleOptions = Known extends infer Definition
  ? Definition extends ScheduleDefinition<infer Name, infer S>
    ? { readonly name: Name } & Partial<S & WarmUpSettings>
    : never
  : never;

/** All schedules by name. */
export const schedules: Registry<ScheduleDefinition> = defineRegistry(
  Object.values(all) as unknown as ScheduleDefinition[],
  { kind: 'schedule' },
);

/**
 * Makes a schedule. Every schedule takes `warmUp` and `warmUpFrom`: a linear rise to its first rate before it begins.
 * Where a schedule has a total, the warm-up is part of it.
 *
 * @throws PodiumError for an unknown name, or a setting that is missing or out of range
 */
export function createSchedule(options: ScheduleOptions): Schedule {
  const { name, ...given } = options as { name: string } & Record<string, unknown>;
  const definition = schedules.get(name);
  const what = `schedule ${name}`;
  // Schedules that count the warm-up in their total have settings for it; the others get it here.
  const { warmUp, warmUpFrom, ...rest } = given;
  const ownWarmUp = 'warmUp' in definition.settings;
  const settings = readSettings<object>(what, definition.settings, ownWarmUp ? given : rest);
  const problem = definition.conflict?.(settings);
  if (problem !== undefined)
    throw new PodiumError({ code: 'training-setting', message: `${what}: ${problem}` });
  const { at: own, reaction } = definition.create(settings);
  const warming = ownWarmUp ? undefined : readSettings(what, warmUpSettings, { warmUp, warmUpFrom });
  const at = warming === undefined ? own : withWarmUp(warming, own(0), own);
  return {
    name,
    settings: { ...settings, ...warming },
    at: (time) => at(checkTime(what, time)),
    observe: (metric) => reaction?.observe(metric),
    state: () => ({ schedule: name, numbers: reaction?.numbers() ?? {} }),
    loadState(state) {
      const expected = Object.keys(reaction?.numbers() ?? {});
      checkState(state, name, expected);
      reaction?.load(state.numbers);
    },
  };
}

function checkTime(what: string, time: number): number {
  if (time >= 0 && Number.isFinite(time)) return time;
  throw new PodiumError({
    code: 'training-time',
    message: `time to ask ${what} for`,
    expected: 'a number of at least 0',
    got: String(time),
  });
}

function checkState(state: ScheduleState, name: string, expected: readonly string[]): void {
  const numbers = state?.numbers ?? {};
  const right =
    state?.schedule === name &&
    Object.keys(numbers).length === expected.length &&
    expected.every((key) => Object.hasOwn(numbers, key) && Number.isFinite(numbers[key]));
  if (right) return;
  throw new PodiumError({
    code: 'training-schedule-state',
    message: 'state of a schedule',
    expected: `${name} with ${expected.join(', ') || 'no numbers'}`,
    got: JSON.stringify(state),
    fix: 'resume with the schedule that the checkpoint was made with',
  });
}
