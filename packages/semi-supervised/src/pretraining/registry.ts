import { defineRegistry, type Registry } from '@podium/core';
import type { PretrainingDefinition } from './definition.ts';
import * as all from './tasks/index.ts';

/** Tasks that a backbone learns from images without labels. */
export const pretrainingTasks: Registry<PretrainingDefinition> = defineRegistry(Object.values(all), {
  kind: 'pretraining task',
});
