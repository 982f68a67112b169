import { number, required } from '../settings.ts';
import type { ScheduleDefinition } from './definition.ts';

interface ExponentialSettings {
  readonly learningRate: number;
  readonly gamma: number;
}

/** Falls by the same factor each time, as `torch.optim.lr_scheduler.ExponentialLR`. */
export const exponential: ScheduleDefinition<'exponential', ExponentialSettings> = {
  name: 'exponential',
  settings: {
    learningRate: required(number(0, { from: 0 })),
    gamma: required(number(0, { from: 0 })),
  },
  create: ({ learningRate, gamma }) => ({ at: (time) => learningRate * gamma ** time }),
};
