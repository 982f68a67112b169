import { defineRegistry, type Registry } from '@podium/core';
import type { SubmissionDestination } from './destination.ts';
import * as all from './index.ts';

/** Every destination of submissions, by name. */
export const destinations: Registry<SubmissionDestination> = defineRegistry<SubmissionDestination>(
  Object.values(all),
  { kind: 'destination' },
);
