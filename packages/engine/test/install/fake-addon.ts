import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Addon } from '../../src/install/addons.ts';

export const FIXTURES: string = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** The addon in place of TensorFlow.js's binding. */
export const fakeAddon: Addon = {
  name: 'tfjs_binding',
  version: '1.0.0',
  sourceFolder: join(FIXTURES, 'addon'),
  sources: ['binding.cc'],
};
