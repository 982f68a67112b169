import { defineRegistry, type Registry } from '@podium/core';
import type { LabelMethodEntry } from './method.ts';
import * as methodFiles from './methods/index.ts';

/**
 * Methods by name.
 *
 * @example
 * const set = methods.get('curriculum').parse({ step: 10 }).label({ head: 'mask', teachers, rng });
 */
export const methods: Registry<LabelMethodEntry> = defineRegistry(
  Object.values(methodFiles).map((file) => file.entry),
  { kind: 'pseudo-label method' },
);
