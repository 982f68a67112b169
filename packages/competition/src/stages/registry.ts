import { defineRegistry, type Registry } from '@podium/core';
import type { AnyStage } from '@podium/pipeline';
import * as all from './index.ts';

/** Every stage of a run, by name. */
export const stages: Registry<AnyStage> = defineRegistry<AnyStage>(Object.values(all), { kind: 'stage' });
