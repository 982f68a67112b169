import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '@podium/core';
import type { Callback } from '../loop/index.ts';
import { scalarsRecord, sessionStartRecord, versionRecord } from './tensorboard/records.ts';

export interface TensorBoardOptions {
  /** Folder for `tensorboard --logdir FOLDER`; created if it does not exist. */
  readonly folder: string;
  /** Clock in seconds since 1970, for the time of each point. */
  readonly now: () => number;
  /** Steps between points of the training loss, learning rates and gradient norm. Default 10. */
  readonly everySteps?: number;
}

/**
 * Writes event files for TensorBoard: `train/loss`, `train/gradient_norm` and `learning_rate/GROUP` by step, and
 * `validation/METRIC`. A resumed run writes a new file, which hides later steps in the previous one.
 *
 * @throws PodiumError if the file cannot be written
 */
export function tensorBoard({ folder, now, everySteps = 10 }: TensorBoardOptions): Callback {
  let file = '';
  let pending: Buffer[] = [];
  const flush = async (): Promise<undefined> => {
    const data = Buffer.concat(pending);
    pending = [];
    if (data.length === 0) return undefined;
    try {
      await appendFile(file, data);
    } catch (error) {
      throw fileError(error, file, 'write');
    }
    return undefined;
  };
  return {
    name: 'tensorboard',
    on: {
      start: async (_, { step }) => {
        const time = now();
        try {
          await mkdir(folder, { recursive: true });
        } catch (error) {
          throw fileError(error, folder, 'write');
        }
        // TensorBoard reads files in the order of their names.
        file = join(
          folder,
          `events.out.tfevents.${String(Math.floor(time)).padStart(10, '0')}.${process.pid}.podium`,
        );
        pending = [versionRecord(time), sessionStartRecord(time, step)];
        return await flush();
      },
      step: async ({ step, loss, losses, gradientNorm, learningRates }) => {
        if (step % everySteps !== 0) return undefined;
        const scalars: Record<string, number> = { 'train/loss': loss, 'train/gradient_norm': gradientNorm };
        for (const [head, value] of Object.entries(losses)) scalars[`train/loss/${head}`] = value;
        for (const [group, rate] of learningRates) scalars[`learning_rate/${group}`] = rate;
        pending.push(scalarsRecord(now(), step, scalars));
        return await flush();
      },
      validation: async ({ row: { step, metrics } }) => {
        const scalars = Object.entries(metrics).map(
          ([name, value]) => [`validation/${name}`, value] as const,
        );
        pending.push(scalarsRecord(now(), step, Object.fromEntries(scalars)));
        return await flush();
      },
    },
  };
}
