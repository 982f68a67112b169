import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '@podium/core';
import type { Callback } from '../loop/index.ts';
import { scalarsRecord, sessionStartRecord, versionRecord } from './tensorboard/records.ts';

export interface TensorBoardOptions {
  /** Where TensorBoard looks: `tensorboard --logdir FOLDER`. Is made where it does not exist. */
  readonly folder: string;
  /** The clock, in seconds since 1970: points carry their time. */
  readonly now: () => number;
  /** Steps between points of the training loss, the learning rates and the gradient norm. Default 10. */
  readonly everySteps?: number;
}

/**
 * Writes an event file that TensorBoard opens: `train/loss`, `train/gradient_norm`, `learning_rate/GROUP` by steps, and
 * `validation/METRIC`. A resumed run writes a file of its own, which hides what the one before wrote of later steps.
 */
export function tensorBoard({ folder, now, everySteps = 10 }: TensorBoardOptions): Callback {
  let file = '';
  let waiting: Buffer[] = [];
  const flush = async (): Promise<undefined> => {
    const data = Buffer.concat(waiting);
    waiting = [];
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
        // TensorBoard reads the files of a folder in the order of their names.
        file = join(
          folder,
          `events.out.tfevents.${String(Math.floor(time)).padStart(10, '0')}.${process.pid}.podium`,
        );
        waiting = [versionRecord(time), sessionStartRecord(time, step)];
        return await flush();
      },
      step: async ({ step, loss, losses, gradientNorm, learningRates }) => {
        if (step % everySteps !== 0) return undefined;
        const scalars: Record<string, number> = { 'train/loss': loss, 'train/gradient_norm': gradientNorm };
        for (const [head, value] of Object.entries(losses)) scalars[`train/loss/${head}`] = value;
        for (const [group, rate] of learningRates) scalars[`learning_rate/${group}`] = rate;
        waiting.push(scalarsRecord(now(), step, scalars));
        return await flush();
      },
      validation: async ({ row: { step, metrics } }) => {
        const scalars = Object.entries(metrics).map(
          ([name, value]) => [`validation/${name}`, value] as const,
        );
        waiting.push(scalarsRecord(now(), step, Object.fromEntries(scalars)));
        return await flush();
      },
    },
  };
}
