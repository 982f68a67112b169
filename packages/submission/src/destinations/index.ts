import { defineRegistry, type Registry } from '@podium/core';
import type { SubmissionDestination } from './destination.ts';
import { kaggle } from './kaggle.ts';

/** Where Podium can send submissions. */
export const destinations: Registry<SubmissionDestination> = defineRegistry([kaggle], {
  kind: 'destination',
});
