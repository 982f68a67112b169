import { number, numbers, required } from '../settings.ts';
import type { ScheduleDefinition } from './definition.ts';

interface MultiStepSettings {
  readonly learningRate: number;
  /** Times of the falls. */
  readonly milestones: readonly number[];
  readonly gamma: number;
}

/** Falls by a factor at given times, as `torch.optim.lr_scheduler.MultiStepLR`. */
export const multiStep: ScheduleDefinition<'multi-step', MultiStepSettings> = {
  name: 'multi-step',
  settings: {
    learningRate: required(number(0, { from: 0 })),
    milestones: required(numbers<readonly number[]>([], { from: 0 })),
    gamma: number(0.1, { from: 0 }),
  },
  create: ({ learningRate, milestones, gamma }) => ({
    at: (time) => learningRate * gamma ** milestones.filter((milestone) => time >= milestone).length,
  }),
};
