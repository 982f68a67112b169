import type { Sampler } from './sampler.ts';

/** Every row once, in an order of its own each epoch. */
export function shuffled(): Sampler {
  return {
    name: 'shuffled',
    settings: {},
    order: ({ rows, rng }) => rng.permutation(rows.length),
  };
}
