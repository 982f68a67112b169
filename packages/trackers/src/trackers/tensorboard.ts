import { join, resolve } from 'node:path';
import { z } from 'zod';
import { isFolder, plainName } from '../file-names.ts';
import { openEventFile } from '../tensorboard/event-file.ts';
import { defineTracker, type TrackerEntry, type Training } from '../tracker.ts';

const settings = z.strictObject({
  folder: z
    .string()
    .min(1)
    .default('.podium/tensorboard')
    .describe('where the event files go, a folder per training; relative to the settings'),
  histograms: z
    .boolean()
    .default(false)
    .describe('also the distributions of the trained weights, layer by layer'),
});

/** Event files: `tensorboard --logdir .podium/tensorboard` shows them while trainings run. */
export const tensorboard: TrackerEntry = defineTracker({
  name: 'tensorboard',
  summary: 'Event files for TensorBoard.',
  settings,
  target: ({ folder }) => ({ folder }),
  create: ({ folder: given, histograms }, { folder: base, now }) => {
    const root = resolve(base, given);
    const folderOf = ({ name, key }: Training) => join(root, `${plainName(name)}.${key.slice(0, 8)}`);
    return {
      name: 'tensorboard',
      has: (training) => isFolder(folderOf(training)),
      open: async (training) => {
        const folder = folderOf(training);
        const { step } = training;
        // Points up to this step are in earlier files; later ones were lost with the process that wrote them.
        const done = step > 0 && (await isFolder(folder)) ? step : -1;
        const file = await openEventFile({ folder, root, now, step: done + 1 });
        return {
          addPoints: async (points) => {
            const fresh = points.filter((point) => point.step > done);
            if (fresh.length > 0) await file.addPoints(fresh);
          },
          addImages: file.addImages,
          ...(histograms && { addHistograms: file.addHistograms }),
          close: async () => {},
        };
      },
    };
  },
});
