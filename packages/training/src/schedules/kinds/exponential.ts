import { z } from 'zod';
import { commonSettings, defineSchedule } from '../definition.ts';

/** Falls by the same factor at every step, as `torch.optim.lr_scheduler.ExponentialLR`. */
export const exponential = defineSchedule({
  name: 'exponential',
  summary: 'Falls by the same factor at every step.',
  settings: z.strictObject({
    ...commonSettings,
    gamma: z.number().min(0).describe('factor per step'),
  }),
  create: ({ learningRate, gamma }) => ({ at: (time) => learningRate * gamma ** time }),
});
