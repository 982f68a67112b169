import { number, required } from '../settings.ts';
import type { ScheduleDefinition } from './definition.ts';

interface StepSettings {
  readonly learningRate: number;
  /** How long it stays before each fall. */
  readonly every: number;
  /** What it is multiplied by at each. */
  readonly gamma: number;
}

/** Falls by a factor at even intervals, as `torch.optim.lr_scheduler.StepLR`. */
export const step: ScheduleDefinition<'step', StepSettings> = {
  name: 'step',
  settings: {
    learningRate: required(number(0, { from: 0 })),
    every: required(number(0, { from: 1, whole: true })),
    gamma: number(0.1, { from: 0 }),
  },
  create: ({ learningRate, every, gamma }) => ({
    at: (time) => learningRate * gamma ** Math.floor(time / every),
  }),
};
