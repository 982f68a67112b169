import { defineRegistry, type Registry } from '@podium/core';
import type { Demo } from './demo.ts';
import { digits } from './digits.ts';
import { food } from './food.ts';
import { masks } from './masks.ts';

/** Demonstrations that go from a competition folder to a submission; the first is what "npm start" shows. */
export const demos: Registry<Demo> = defineRegistry([food, digits, masks], { kind: 'demo' });
