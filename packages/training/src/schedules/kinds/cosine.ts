import { z } from 'zod';
import { commonSettings, defineSchedule, minLearningRate, totalSteps } from '../definition.ts';

/**
 * Half a cosine from the highest rate to the lowest (Loshchilov and Hutter 2017, arXiv:1608.03983), as
 * `torch.optim.lr_scheduler.CosineAnnealingLR`. After `totalSteps` the rate stays at its lowest.
 */
export const cosine = defineSchedule({
  name: 'cosine',
  summary: 'Falls along half a cosine. The usual choice for training with a fixed number of epochs.',
  settings: z
    .strictObject({ ...commonSettings, totalSteps, minLearningRate })
    .refine(({ totalSteps, warmup }) => warmup < totalSteps, {
      path: ['warmup'],
      error: 'fewer steps than totalSteps',
    }),
  create({ learningRate: max, totalSteps, minLearningRate: min, warmup }) {
    const period = totalSteps - warmup;
    return {
      at: (time) => min + ((max - min) * (1 + Math.cos((Math.PI * Math.min(time, period)) / period))) / 2,
      peak: max,
    };
  },
});
