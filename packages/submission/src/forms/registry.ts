import { defineRegistry, type Registry } from '@podium/core';
import type { SubmissionForm } from './form.ts';
import * as all from './index.ts';

/** Every submission form, by name. */
export const forms: Registry<SubmissionForm> = defineRegistry<SubmissionForm>(Object.values(all), {
  kind: 'submission form',
});
