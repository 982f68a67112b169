import { number, oneOf, required } from '../settings.ts';
import type { ScheduleDefinition } from './definition.ts';
import { type WarmUpSettings, warmUpSettings, withWarmUp } from './warm-up.ts';

interface PlateauSettings extends WarmUpSettings {
  readonly learningRate: number;
  /** Whether a lower metric is better (a loss), or a higher one (accuracy). */
  readonly mode: 'min' | 'max';
  /** What the rate is multiplied by when the metric has not become better for longer than `patience`. */
  readonly factor: number;
  readonly patience: number;
  /** By how much it has to be better to count. */
  readonly threshold: number;
  readonly thresholdMode: 'relative' | 'absolute';
  /** How many observations after a fall do not count. */
  readonly cooldown: number;
  readonly least: number;
  /** Falls smaller than this are left out. */
  readonly epsilon: number;
}

/** Falls when a metric stops getting better, as `torch.optim.lr_scheduler.ReduceLROnPlateau`. */
export const plateau: ScheduleDefinition<'plateau', PlateauSettings> = {
  name: 'plateau',
  settings: {
    learningRate: required(number(0, { from: 0 })),
    mode: oneOf('min', ['min', 'max']),
    factor: number(0.1, { from: 0, below: 1 }),
    patience: number(10, { from: 0, whole: true }),
    threshold: number(1e-4, { from: 0 }),
    thresholdMode: oneOf('relative', ['relative', 'absolute']),
    cooldown: number(0, { from: 0, whole: true }),
    least: number(0, { from: 0 }),
    epsilon: number(1e-8, { from: 0 }),
    ...warmUpSettings,
  },
  create(settings) {
    const { mode, factor, patience, threshold, thresholdMode, cooldown, least, epsilon } = settings;
    // JSON has no infinity, so `hasBest` (0 or 1) says whether there is a best metric yet.
    let now = { rate: settings.learningRate, best: 0, hasBest: 0, bad: 0, cooling: 0 };
    const isBetter = (metric: number) => {
      if (now.hasBest === 0) return Number.isFinite(metric);
      const sign = mode === 'min' ? -1 : 1;
      const bar =
        thresholdMode === 'relative' ? now.best * (1 + sign * threshold) : now.best + sign * threshold;
      return mode === 'min' ? metric < bar : metric > bar;
    };
    return {
      // `now` is read when asked.
      at: (time) => withWarmUp(settings, settings.learningRate, () => now.rate)(time),
      reaction: {
        observe(metric) {
          if (isBetter(metric)) now = { ...now, best: metric, hasBest: 1, bad: 0 };
          else now.bad++;
          if (now.cooling > 0) {
            now.cooling--;
            now.bad = 0;
          }
          if (now.bad <= patience) return;
          const rate = Math.max(now.rate * factor, least);
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
};
