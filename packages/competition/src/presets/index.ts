import { defineRegistry, type Registry } from '@podium/core';
import { best } from './best.ts';
import { fast } from './fast.ts';
import { good } from './good.ts';
import type { Preset } from './preset.ts';

export type { Preset };

/** Quality presets, the quickest first. */
export const presets: Registry<Preset> = defineRegistry([fast, good, best], { kind: 'preset' });
