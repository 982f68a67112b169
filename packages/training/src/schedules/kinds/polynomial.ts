import { z } from 'zod';
import { commonSettings, defineSchedule, minLearningRate, totalSteps } from '../definition.ts';

/** Falls by a power of the remaining time, as `torch.optim.lr_scheduler.PolynomialLR`. */
export const polynomial = defineSchedule({
  name: 'polynomial',
  summary: 'Falls along a power of the remaining time; a straight line by default.',
  settings: z
    .strictObject({
      ...commonSettings,
      totalSteps,
      minLearningRate,
      power: z.number().positive().default(1).describe('1 is a straight line; more falls faster at first'),
    })
    .refine(({ totalSteps, warmup }) => warmup < totalSteps, {
      path: ['warmup'],
      error: 'fewer steps than totalSteps',
    }),
  create({ learningRate: max, totalSteps, minLearningRate: min, power, warmup }) {
    const period = totalSteps - warmup;
    return {
      at: (time) => min + (max - min) * (1 - Math.min(time, period) / period) ** power,
      peak: max,
    };
  },
});
