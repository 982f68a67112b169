import { defineRegistry, type Registry } from '@podium/core';
import { classBalanced } from './class-balanced.ts';
import { fixedSizeEpochs } from './fixed-size-epochs.ts';
import { repeated } from './repeated.ts';
import type { Sampler, SamplerDefinition } from './sampler.ts';
import { sequential } from './sequential.ts';
import { shuffled } from './shuffled.ts';
import { weighted } from './weighted.ts';

/** All kinds of sampler, by name. */
export const samplers: Registry<SamplerDefinition> = defineRegistry<SamplerDefinition>(
  [classBalanced, fixedSizeEpochs, repeated, sequential, shuffled, weighted],
  { kind: 'sampler' },
);

/**
 * Makes a sampler by name, with its options.
 * @throws PodiumError `registry-unknown-name`, `sampler-setting`
 *
 * @example
 * const sampler = createSampler({ name: 'class-balanced', head: 'label', power: 0.5 });
 */
export function createSampler({ name, ...options }: { readonly name: string }): Sampler {
  return samplers.get(name).create(options);
}
