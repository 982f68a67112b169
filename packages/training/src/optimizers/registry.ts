import { defineRegistry, type Registry } from '@podium/core';
import * as all from './all.ts';
import type { CommonSettings, OptimizerDefinition } from './definition.ts';

type Known = (typeof all)[keyof typeof all];

/** An optimizer by name with any of its settings: `{ name: 'adamw', learningRate: 1e-3, betas: [0.9, 0.98] }`. */
export type OptimizerOptions = Known extends infer Definition
  ? Definition extends OptimizerDefinition<infer Name, infer S>
    ? { readonly name: Name } & Partial<S & CommonSettings>
    : never
  : never;

/** All optimizers by name. */
export const optimizers: Registry<OptimizerDefinition> = defineRegistry(
  Object.values(all) as unknown as OptimizerDefinition[],
  { kind: 'optimizer' },
);
