import { z } from 'zod';
import { defineSampler, type Sampler, type SamplerFactory } from './sampler.ts';
import { shuffled } from './shuffled.ts';

/**
 * Repeated augmentation (Hoffer et al. 2020): every row comes `times` times in a row, augmented differently each time.
 * Epochs are as long as those of the sampler `of`, so they show only the first of its rows.
 * @throws PodiumError `sampler-setting`
 */
export const repeated: SamplerFactory<[options: { readonly times: number; readonly of?: Sampler }]> =
  defineSampler({
    name: 'repeated',
    summary: 'every row several times in a row, augmented differently',
    settings: {
      times: z.int().min(1).describe('how often a row comes in a row'),
      of: z
        .custom<Sampler>((value) => typeof (value as Sampler | null)?.order === 'function', 'a sampler')
        .default(() => shuffled())
        .describe('sampler that orders the rows, in code only; default: shuffled'),
    },
    order: (context, { times, of }) => {
      const order = of.order(context);
      return Uint32Array.from(order, (_, i) => order[Math.floor(i / times)]!);
    },
    record: ({ times, of: { name, settings } }) => ({ times, of: { name, settings } }),
  });
