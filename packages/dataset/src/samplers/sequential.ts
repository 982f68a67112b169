import { defineSampler, type SamplerFactory } from './sampler.ts';

/** Every row once, in the order of the manifest: for validation and test. */
export const sequential: SamplerFactory<[]> = defineSampler({
  name: 'sequential',
  summary: 'every row once, in order',
  settings: {},
  order: ({ rows }) => Uint32Array.from(rows.keys()),
});
