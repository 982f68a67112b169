import type { Sampler } from './sampler.ts';

/** Every row once, in the manifest's order: for validation and test. */
export function sequential(): Sampler {
  return {
    name: 'sequential',
    settings: {},
    order: ({ rows }) => Uint32Array.from(rows.keys()),
  };
}
