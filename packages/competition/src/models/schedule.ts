import { createSchedule, type Schedule, type ScheduleOptions, schedules } from '@podium/training';
import { type Named, nameAndOptions } from '../recipe/shared-schemas.ts';

/** Settings of schedules that a run fills in. */
export const GIVEN_BY_RUN: readonly string[] = [
  'learningRate',
  'totalSteps',
  'warmup',
  'warmupFraction',
  'mode',
];

interface ScheduleSettings {
  readonly schedule: Named;
  readonly learningRate: number;
  /** Fraction of all steps. */
  readonly warmup: number;
}

interface Length {
  /** Optimizer steps that a run really takes. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** Whether a lower or a higher value of the monitored metric is better, for a schedule that reacts. Default: min, a loss. */
  readonly mode?: 'min' | 'max';
}

/** Fraction of the steps in which the rate of a schedule rises, unless the settings say. */
export function defaultWarmup(schedule: Named): number {
  const { name } = nameAndOptions(schedule);
  if (name === 'constant') return 0;
  return schedules.has(name) && 'warmupFraction' in schedules.get(name).settings.shape ? 0.3 : 0.05;
}

/**
 * The learning rate of each step, by settings. Schedules with an end (cosine, one-cycle, ...) are told the number of steps and
 * count steps; the others (step, exponential, plateau, ...) count epochs. The rise of any schedule counts steps.
 */
export function scheduleOf(
  { schedule, learningRate, warmup }: ScheduleSettings,
  { steps, stepsPerEpoch, mode = 'min' }: Length,
): { readonly schedule?: Schedule; readonly scheduleBy?: 'step' } {
  const { name, options } = nameAndOptions(schedule);
  if (name === 'constant' && warmup === 0) return {};
  const { shape } = schedules.get(name).settings;
  const hasEnd = 'totalSteps' in shape;
  const hasFraction = 'warmupFraction' in shape;
  // A schedule needs room for a peak and an end.
  const totalSteps = Math.max(steps, hasFraction ? 4 : 2);
  const rise = Math.floor(warmup * totalSteps);
  const made = createSchedule({
    name,
    learningRate,
    ...(hasEnd && { totalSteps }),
    ...('mode' in shape && { mode }),
    // Of one-cycle, the rise takes more than a step.
    ...(hasFraction ? { warmupFraction: Math.max(warmup, 1.5 / totalSteps) } : { warmup: hasEnd ? rise : 0 }),
    ...options,
  } as ScheduleOptions);
  return { schedule: hasEnd ? made : byEpoch(made, rise, stepsPerEpoch), scheduleBy: 'step' };
}

/** Part of the peak at which a rise begins, as that of `createSchedule`. */
const START = 0.01;

/** A schedule of epochs, asked step by step, which begins after a rise of some steps. */
function byEpoch(schedule: Schedule, rise: number, stepsPerEpoch: number): Schedule {
  return {
    ...schedule,
    settings: { ...schedule.settings, warmup: rise },
    at: (step) => {
      const rate = schedule.at(Math.floor(Math.max(0, step - rise) / stepsPerEpoch));
      return step < rise ? rate * (START + ((1 - START) * step) / rise) : rate;
    },
  };
}
