import { defineSampler, type SamplerFactory } from './sampler.ts';

/** Every row once, in a different random order per epoch. */
export const shuffled: SamplerFactory<[]> = defineSampler({
  name: 'shuffled',
  summary: 'every row once, in random order',
  settings: {},
  order: ({ rows, rng }) => rng.permutation(rows.length),
});
