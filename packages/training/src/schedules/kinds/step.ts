import { z } from 'zod';
import { commonSettings, defineSchedule } from '../definition.ts';

/** Falls by a factor at even intervals, as `torch.optim.lr_scheduler.StepLR`. */
export const step = defineSchedule({
  name: 'step',
  summary: 'Falls by a factor at even intervals.',
  settings: z.strictObject({
    ...commonSettings,
    stepSize: z.int().min(1).describe('steps between two falls'),
    gamma: z.number().min(0).default(0.1).describe('factor of each fall'),
  }),
  create: ({ learningRate, stepSize, gamma }) => ({
    at: (time) => learningRate * gamma ** Math.floor(time / stepSize),
  }),
});
