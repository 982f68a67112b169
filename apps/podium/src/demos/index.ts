import { defineRegistry, type Registry } from '@podium/core';
import type { Demo } from './demo.ts';
import { digits } from './digits.ts';
import { food } from './food.ts';
import { masks } from './masks.ts';

/** Demos that go from a competition folder to a submission; "npm start" runs the first. */
export const demos: Registry<Demo> = defineRegistry([food, digits, masks], { kind: 'demo' });
