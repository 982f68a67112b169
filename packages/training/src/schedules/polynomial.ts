import { number, required } from '../settings.ts';
import type { ScheduleDefinition } from './definition.ts';
import { type WarmUpSettings, warmUpSettings, withWarmUp } from './warm-up.ts';

interface PolynomialSettings extends WarmUpSettings {
  readonly learningRate: number;
  /** How long the whole takes, warm-up included. */
  readonly total: number;
  readonly power: number;
  readonly least: number;
}

/** Falls to the least rate by a power of the time that is left, as `torch.optim.lr_scheduler.PolynomialLR`. */
export const polynomial: ScheduleDefinition<'polynomial', PolynomialSettings> = {
  name: 'polynomial',
  settings: {
    learningRate: required(number(0, { from: 0 })),
    total: required(number(0, { from: 1, whole: true })),
    power: number(1, { above: 0 }),
    least: number(0, { from: 0 }),
    ...warmUpSettings,
  },
  conflict: ({ total, warmUp }) =>
    warmUp >= total ? `a warm-up of ${warmUp} leaves nothing of a total of ${total}` : undefined,
  create: (settings) => {
    const { learningRate, total, power, least, warmUp } = settings;
    const period = total - warmUp;
    const at = (time: number) =>
      least + (learningRate - least) * (1 - Math.min(time, period) / period) ** power;
    return { at: withWarmUp(settings, learningRate, at) };
  },
};
