import { z } from 'zod';
import { commonSettings, defineSchedule, minLearningRate } from '../definition.ts';

/** Falls when a metric stops improving, as `torch.optim.lr_scheduler.ReduceLROnPlateau`. */
export const plateau = defineSchedule({
  name: 'plateau',
  summary: 'Falls by a factor when a metric stops improving.',
  settings: z.strictObject({
    ...commonSettings,
    mode: z
      .enum(['min', 'max'])
      .default('min')
      .describe('whether a lower metric is better (a loss) or a higher one (accuracy)'),
    factor: z.number().min(0).lt(1).default(0.1).describe('factor of each fall'),
    patience: z.int().min(0).default(10).describe('observations without improvement before a fall'),
    threshold: z.number().min(0).default(1e-4).describe('smallest change that counts as an improvement'),
    thresholdMode: z
      .enum(['relative', 'absolute'])
      .default('relative')
      .describe('whether threshold is relative to the best metric'),
    cooldown: z.int().min(0).default(0).describe('observations after a fall that do not count'),
    minLearningRate,
    epsilon: z.number().min(0).default(1e-8).describe('smaller falls are skipped'),
  }),
  create({ learningRate, mode, factor, patience, threshold, thresholdMode, ...settings }) {
    const { cooldown, minLearningRate, epsilon } = settings;
    // JSON has no infinity, so `hasBest` (0 or 1) says whether there is a best metric.
    let now = { rate: learningRate, best: 0, hasBest: 0, bad: 0, cooling: 0 };
    const isBetter = (metric: number) => {
      if (now.hasBest === 0) return Number.isFinite(metric);
      const sign = mode === 'min' ? -1 : 1;
      const bar =
        thresholdMode === 'relative' ? now.best * (1 + sign * threshold) : now.best + sign * threshold;
      return mode === 'min' ? metric < bar : metric > bar;
    };
    return {
      at: () => now.rate,
      peak: learningRate,
      reaction: {
        observe(metric) {
          if (isBetter(metric)) now = { ...now, best: metric, hasBest: 1, bad: 0 };
          else now.bad++;
          if (now.cooling > 0) {
            now.cooling--;
            now.bad = 0;
          }
          if (now.bad <= patience) return;
          const rate = Math.max(now.rate * factor, minLearningRate);
          if (now.rate - rate > epsilon) now.rate = rate;
          now.cooling = cooldown;
          now.bad = 0;
        },
        numbers: () => ({ ...now }),
        load(numbers) {
          now = { ...now, ...numbers };
        },
      },
    };
  },
});
