import { defineRegistry, type Registry } from '@podium/core';
import type { LabelMethodEntry } from './method.ts';
import * as methodFiles from './methods/index.ts';

/** Ways to label, by name: `methods.get('curriculum').parse({ step: 10 }).label(lesson)`. */
export const methods: Registry<LabelMethodEntry> = defineRegistry(
  Object.values(methodFiles).map((file) => file.entry),
  { kind: 'pseudo-label method' },
);
