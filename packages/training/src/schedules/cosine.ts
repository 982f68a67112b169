import { number, required } from '../settings.ts';
import type { ScheduleDefinition } from './definition.ts';
import { type WarmUpSettings, warmUpSettings, withWarmUp } from './warm-up.ts';

interface CosineSettings extends WarmUpSettings {
  readonly learningRate: number;
  /** How long the whole takes, warm-up included; the least rate comes then and stays. */
  readonly total: number;
  readonly least: number;
}

/**
 * Half a cosine from the full rate to the least (Loshchilov and Hutter 2017, arXiv:1608.03983), as
 * `torch.optim.lr_scheduler.CosineAnnealingLR`, after a linear warm-up where asked for.
 */
export const cosine: ScheduleDefinition<'cosine', CosineSettings> = {
  name: 'cosine',
  settings: {
    learningRate: required(number(0, { from: 0 })),
    total: required(number(0, { from: 1, whole: true })),
    least: number(0, { from: 0 }),
    ...warmUpSettings,
  },
  conflict: ({ total, warmUp }) =>
    warmUp >= total ? `a warm-up of ${warmUp} leaves nothing of a total of ${total}` : undefined,
  create: (settings) => {
    const { learningRate, total, least, warmUp } = settings;
    const period = total - warmUp;
    const at = (time: number) =>
      least + ((learningRate - least) * (1 + Math.cos((Math.PI * Math.min(time, period)) / period))) / 2;
    return { at: withWarmUp(settings, learningRate, at) };
  },
};
