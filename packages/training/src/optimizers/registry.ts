import { defineRegistry, type Registry } from '@podium/core';
import type { NamedOptions } from '../named-options.ts';
import type { OptimizerDefinition } from './definition.ts';
import * as all from './kinds/index.ts';

/** An optimizer by name with any of its settings: `{ name: 'adamw', learningRate: 1e-3, betas: [0.9, 0.98] }`. */
export type OptimizerOptions = NamedOptions<(typeof all)[keyof typeof all]>;

/** All optimizers by name. */
export const optimizers: Registry<OptimizerDefinition> = defineRegistry<OptimizerDefinition>(
  Object.values(all),
  { kind: 'optimizer' },
);
