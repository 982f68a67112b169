import { number, required } from '../settings.ts';
import type { ScheduleDefinition } from './definition.ts';
import { type WarmUpSettings, warmUpSettings, withWarmUp } from './warm-up.ts';

interface WarmRestartsSettings extends WarmUpSettings {
  readonly learningRate: number;
  /** How long the first cosine takes. */
  readonly period: number;
  /** How much longer each is than the one before. */
  readonly periodFactor: number;
  readonly least: number;
  /** What the full rate is multiplied by at each restart; PyTorch has 1. */
  readonly restartDecay: number;
}

/**
 * Half cosines one after another (SGDR, Loshchilov and Hutter 2017, arXiv:1608.03983), as
 * `torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`.
 */
export const warmRestarts: ScheduleDefinition<'warm-restarts', WarmRestartsSettings> = {
  name: 'warm-restarts',
  settings: {
    learningRate: required(number(0, { from: 0 })),
    period: required(number(0, { from: 1, whole: true })),
    periodFactor: number(1, { from: 1, whole: true }),
    least: number(0, { from: 0 }),
    restartDecay: number(1, { from: 0, to: 1 }),
    ...warmUpSettings,
  },
  create: (settings) => {
    const { learningRate, period, periodFactor, least, restartDecay } = settings;
    const at = (time: number) => {
      let start = 0;
      let length = period;
      let restarts = 0;
      if (periodFactor === 1) {
        restarts = Math.floor(time / period);
        start = restarts * period;
      } else {
        while (time >= start + length) {
          start += length;
          length *= periodFactor;
          restarts++;
        }
      }
      const full = least + (learningRate - least) * restartDecay ** restarts;
      return least + ((full - least) * (1 + Math.cos((Math.PI * (time - start)) / length))) / 2;
    };
    return { at: withWarmUp(settings, learningRate, at) };
  },
};
