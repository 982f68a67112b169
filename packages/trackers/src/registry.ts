import { defineRegistry, type Registry } from '@podium/core';
import type { TrackerEntry } from './tracker.ts';
import * as all from './trackers/index.ts';

/** Every tracker, by name. */
export const trackers: Registry<TrackerEntry> = defineRegistry<TrackerEntry>(Object.values(all), {
  kind: 'tracker',
});
