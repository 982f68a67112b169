import { z } from 'zod';
import { numberList } from '../../number-list.ts';
import { commonSettings, defineSchedule } from '../definition.ts';

/** Falls by a factor at given times, as `torch.optim.lr_scheduler.MultiStepLR`. */
export const multiStep = defineSchedule({
  name: 'multi-step',
  summary: 'Falls by a factor at given steps.',
  settings: z.strictObject({
    ...commonSettings,
    milestones: numberList.describe('steps at which the rate falls'),
    gamma: z.number().min(0).default(0.1).describe('factor per milestone'),
  }),
  create({ learningRate, milestones, gamma }) {
    const times = Array.from(milestones);
    return { at: (time) => learningRate * gamma ** times.filter((milestone) => time >= milestone).length };
  },
});
