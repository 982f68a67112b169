import { resolve } from 'node:path';
import { z } from 'zod';
import { fileStore } from '../mlflow/file-store.ts';
import { server } from '../mlflow/server.ts';
import { defineTracker, type TrackerEntry } from '../tracker.ts';

const settings = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\//, 'an address that begins with http:// or https://')
    .optional()
    .describe(
      'address of a tracking server, which gets the curves while trainings run (default: a file store)',
    ),
  folder: z
    .string()
    .min(1)
    .default('.podium/mlruns')
    .describe('folder of the file store, where no url is given; relative to the settings'),
  experiment: z.string().min(1).optional().describe("MLflow's experiment (default: the competition)"),
});

/** Runs of MLflow, one per training, in a file store or on a tracking server. */
export const mlflow: TrackerEntry = defineTracker({
  name: 'mlflow',
  summary: 'Runs for MLflow, in a file store or on a tracking server.',
  settings,
  target: ({ url, folder }) => (url === undefined ? { folder } : { url }),
  create: ({ url, folder, experiment }, { folder: base, now }) =>
    url === undefined
      ? fileStore(resolve(base, folder), { experiment, now })
      : server({ url, experiment, now }),
});
