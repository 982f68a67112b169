import { z } from 'zod';
import { commonSettings, defineSchedule, minLearningRate } from '../definition.ts';

/**
 * Half cosines one after another (SGDR, Loshchilov and Hutter 2017, arXiv:1608.03983), as
 * `torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`.
 */
export const warmRestarts = defineSchedule({
  name: 'warm-restarts',
  summary: 'Falls along half a cosine again and again, each time from the highest rate.',
  settings: z.strictObject({
    ...commonSettings,
    minLearningRate,
    cycleSteps: z.int().min(1).describe('steps of the first cycle'),
    cycleFactor: z.int().min(1).default(1).describe('length of each cycle relative to the one before'),
    cycleDecay: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('highest rate of each cycle relative to the one before; PyTorch has 1'),
  }),
  create({ learningRate, minLearningRate: min, cycleSteps, cycleFactor, cycleDecay }) {
    return {
      at(time) {
        let start = 0;
        let length = cycleSteps;
        let restarts = 0;
        if (cycleFactor === 1) {
          restarts = Math.floor(time / cycleSteps);
          start = restarts * cycleSteps;
        } else {
          while (time >= start + length) {
            start += length;
            length *= cycleFactor;
            restarts++;
          }
        }
        const max = min + (learningRate - min) * cycleDecay ** restarts;
        return min + ((max - min) * (1 + Math.cos((Math.PI * (time - start)) / length))) / 2;
      },
      peak: learningRate,
    };
  },
});
