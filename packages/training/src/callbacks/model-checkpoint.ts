import { parseSettings } from '@podium/core/settings';
import { z } from 'zod';
import type { Callback } from '../loop/index.ts';

const settings = z.strictObject({
  best: z
    .strictObject({
      monitor: z.string().describe('metric in the history'),
      mode: z.enum(['min', 'max']).describe('whether a lower or a higher value is better'),
    })
    .optional()
    .describe('save whenever this metric is better than ever before'),
  everyMinutes: z
    .number()
    .positive()
    .optional()
    .describe('save when this much training time has passed since the last checkpoint'),
});

export type ModelCheckpointOptions = Readonly<z.input<typeof settings>>;

/**
 * Requests checkpoints in addition to the trainer's `saveEvery`. Which of them are kept is up to the checkpoint store.
 *
 * @throws PodiumError `training-setting`
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  const { best, everyMinutes = Number.POSITIVE_INFINITY } = parseSettings(settings, options, {
    owner: 'callback "model-checkpoint"',
    code: 'training-setting',
  });
  let savedAt = 0;
  return {
    name: 'model-checkpoint',
    on: {
      start: (_, { seconds }) => {
        savedAt = seconds;
        return undefined;
      },
      saved: (_, { seconds }) => {
        savedAt = seconds;
        return undefined;
      },
      step: (_, { seconds }) => (seconds - savedAt >= everyMinutes * 60 ? 'save' : undefined),
      validation: ({ row }, { history }) => {
        const value = best === undefined ? undefined : row.metrics[best.monitor];
        if (best === undefined || value === undefined) return undefined;
        const sign = best.mode === 'min' ? -1 : 1;
        const before = history.slice(0, -1).flatMap(({ metrics }) => metrics[best.monitor] ?? []);
        return before.every((other) => sign * value > sign * other) ? 'save' : undefined;
      },
    },
  };
}
