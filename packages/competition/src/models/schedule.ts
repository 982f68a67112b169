import { createSchedule, type Schedule, type ScheduleOptions } from '@podium/training';

interface ScheduleSettings {
  readonly schedule: 'constant' | 'cosine' | 'one-cycle';
  readonly learningRate: number;
  /** Share of all steps. */
  readonly warmUp: number;
}

/** The learning rate of each step, by settings; none where it is constant. */
export function scheduleOf(
  { schedule, learningRate, warmUp }: ScheduleSettings,
  total: number,
): { schedule?: Schedule } {
  if (schedule === 'constant') return {};
  const steps = Math.max(total, 2);
  const options =
    schedule === 'cosine'
      ? { name: 'cosine', learningRate, total: steps, warmUp: Math.floor(warmUp * steps) }
      : {
          name: 'one-cycle',
          learningRate,
          total: Math.max(steps, 4),
          ...(warmUp > 0 && { rise: Math.max(warmUp, 0.3) }),
        };
  return { schedule: createSchedule(options as ScheduleOptions) };
}
