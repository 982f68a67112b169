import { countSetting, type Sampler } from './sampler.ts';
import { shuffled } from './shuffled.ts';

/**
 * Repeated augmentation (Hoffer et al. 2020): each row comes `times` times in a row, differently augmented each time. An
 * epoch is as long as the other sampler's, so it shows only the first of that one's rows.
 * @throws PodiumError `sampler-setting`.
 */
export function repeated(options: { times: number; of?: Sampler }): Sampler {
  const times = countSetting('times', options.times, 1);
  const inner = options.of ?? shuffled();
  return {
    name: 'repeated',
    settings: { times, of: { name: inner.name, settings: inner.settings } },
    order: (context) => {
      const order = inner.order(context);
      return Uint32Array.from(order, (_, i) => order[Math.floor(i / times)]!);
    },
  };
}
