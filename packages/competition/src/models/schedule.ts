import { createSchedule, type Schedule, type ScheduleOptions, schedules } from '@podium/training';
import { type Named, nameAndOptions } from '../recipe/shared-schemas.ts';

/** Settings of schedules that a run fills in. */
export const GIVEN_BY_RUN: readonly string[] = ['learningRate', 'totalSteps', 'warmup', 'warmupFraction'];

interface ScheduleSettings {
  readonly schedule: Named;
  readonly learningRate: number;
  /** Fraction of all steps. */
  readonly warmup: number;
}

/**
 * The learning rate over time, by settings. Schedules with an end (cosine, one-cycle, ...) are told the number of steps and
 * count steps; the others (step, exponential, plateau, ...) count epochs.
 */
export function scheduleOf(
  { schedule, learningRate, warmup }: ScheduleSettings,
  { steps, stepsPerEpoch }: { readonly steps: number; readonly stepsPerEpoch: number },
): { readonly schedule?: Schedule; readonly scheduleBy?: 'step' | 'epoch' } {
  const { name, options } = nameAndOptions(schedule);
  if (name === 'constant') return {};
  const { shape } = schedules.get(name).settings;
  const hasEnd = 'totalSteps' in shape;
  // A schedule needs room for a peak and an end.
  const totalSteps = Math.max(steps, 'warmupFraction' in shape ? 4 : 2);
  const unit = hasEnd ? totalSteps : totalSteps / stepsPerEpoch;
  const rise =
    'warmupFraction' in shape
      ? { warmupFraction: warmup > 0 ? Math.max(warmup, 0.3) : undefined }
      : { warmup: Math.floor(warmup * unit) };
  const made = createSchedule({
    name,
    learningRate,
    ...(hasEnd && { totalSteps }),
    ...rise,
    ...options,
  } as ScheduleOptions);
  return { schedule: made, scheduleBy: hasEnd ? 'step' : 'epoch' };
}
